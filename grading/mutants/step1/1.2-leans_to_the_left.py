# fails: test_a_slant_moves_the_top_to_the_right
# The sign of a y that points upwards.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, slant, zero, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean).transpose(1, 2)
