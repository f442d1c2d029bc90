# fails: test_the_aspect_changes_the_width_only
# The aspect stretches the height only.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([one, -slant, zero, aspect], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean).transpose(1, 2)
