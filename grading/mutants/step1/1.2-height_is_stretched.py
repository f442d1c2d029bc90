# fails: test_the_aspect_changes_the_width_only, test_only_the_aspect_changes_an_area
# The aspect multiplies both coordinates.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, -slant, zero, aspect * one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean).transpose(1, 2)
