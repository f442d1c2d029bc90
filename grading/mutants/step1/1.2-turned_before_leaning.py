# fails: test_shapes_lean_first_and_turn_afterwards, test_every_shape_has_its_own_numbers
# The matrices in the wrong order.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, -slant, zero, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (lean @ turn).transpose(1, 2)
