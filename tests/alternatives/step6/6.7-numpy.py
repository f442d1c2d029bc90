# NumPy arrays that share memory with the tensors
import numpy as np

missing, table = lacking.numpy(), per_class.numpy()
left = list(order)
while left:
    choices = [*waiting] if len(left) <= len(waiting) else [part for part, share in enumerate(fractions) if share > 0]
    writer = left.pop(0)
    needs = np.full(len(missing), -np.inf)
    needs[choices] = [(missing[part] * table[writer]).sum() for part in choices]
    best = int(needs.argmax())
    missing[best] = missing[best] - table[writer]
    waiting -= {best}
    part_of[writer] = best
