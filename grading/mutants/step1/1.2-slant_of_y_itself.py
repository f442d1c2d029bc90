# fails: test_a_slant_moves_the_top_to_the_right, test_every_shape_has_its_own_numbers
# The slant stands in the row of y: shapes lean the wrong way round.
cos, sin, zero, one = tilt.cos(), tilt.sin(), torch.zeros_like(slant), torch.ones_like(slant)
lean = torch.stack([aspect, zero, -slant, one], dim=1).view(-1, 2, 2)
turn = torch.stack([cos, -sin, sin, cos], dim=1).view(-1, 2, 2)
return points @ (turn @ lean).transpose(1, 2)
