# fails: test_parameters_are_counted_by_hand
# len of a tensor is its first dimension only.
return sum(len(parameter) for parameter in model.parameters() if parameter.requires_grad)
