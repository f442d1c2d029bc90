# fails: test_a_number_of_parameters_is_a_plain_int
# The sum of a tensor is a tensor.
return torch.tensor([p.numel() for p in model.parameters() if p.requires_grad]).sum()
