# fails: test_a_tilt_turns_clockwise
# The signs of a turn the other way.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, -slant, zero, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, sin, -sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean).transpose(1, 2)
