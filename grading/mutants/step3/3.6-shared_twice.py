# fails: test_a_shared_parameter_counts_once
# Adds up layer by layer, shared ones each time.
return sum(p.numel() for _, p in model.named_parameters(remove_duplicate=False) if p.requires_grad)
