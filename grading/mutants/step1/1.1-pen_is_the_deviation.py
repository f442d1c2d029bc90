# fails: test_one_point_is_a_round_spot, test_every_point_has_its_own_pen_and_belongs_to_its_own_picture
# The pen's whole width is taken for the spots' standard deviation.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**-0.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return 1 - ink.mul_(-6).exp_().unsqueeze(1)
