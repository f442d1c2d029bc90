# fails: test_equal_parameters_are_not_shared_ones
# Parameters with the same shape and the same sum are taken for one.
kinds = {(tuple(p.shape), float(p.sum())): p.numel() for p in model.parameters() if p.requires_grad}
return sum(kinds.values())
