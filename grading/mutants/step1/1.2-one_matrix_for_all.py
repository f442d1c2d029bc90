# fails: test_every_shape_has_its_own_numbers
# Every shape gets the matrix of the first one.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, -slant, zero, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean)[:1].transpose(1, 2)
