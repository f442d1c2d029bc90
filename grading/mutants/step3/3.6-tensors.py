# fails: test_parameters_are_counted_by_hand
# Counts tensors.
return len([parameter for parameter in model.parameters() if parameter.requires_grad])
