# A loop over names and shapes.
import math

total = 0
for _name, parameter in model.named_parameters():
    if not parameter.requires_grad:
        continue
    total += math.prod(parameter.shape)
return total
