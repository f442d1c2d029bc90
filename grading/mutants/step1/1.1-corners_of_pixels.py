# fails: test_one_point_is_a_round_spot, test_x_is_the_column_and_y_the_row
# Distances to the corners of pixels, not to their centres.
pixels = torch.arange(image_size)
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return 1 - ink.mul_(-6).exp_().unsqueeze(1)
