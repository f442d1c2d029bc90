# fails: test_a_shared_parameter_counts_once
# Each layer's own parameters, also where they are another layer's, too.
layers = model.modules()
return sum(p.numel() for layer in layers for p in layer.parameters(recurse=False) if p.requires_grad)
