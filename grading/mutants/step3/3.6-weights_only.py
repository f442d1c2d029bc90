# fails: test_parameters_are_counted_by_hand
# Forgets the biases.
return sum(p.numel() for name, p in model.named_parameters() if p.requires_grad and name.endswith('weight'))
