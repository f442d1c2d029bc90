# fails: test_a_slant_moves_the_top_to_the_right, test_a_tilt_turns_clockwise
# Rows times the matrix that is meant for columns.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, -slant, zero, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean)
