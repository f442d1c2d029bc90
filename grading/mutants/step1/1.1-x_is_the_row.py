# fails: test_x_is_the_column_and_y_the_row, test_every_point_has_its_own_pen_and_belongs_to_its_own_picture
# Columns times rows: the picture is mirrored along its diagonal.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = columns.transpose(1, 2) @ rows
return 1 - ink.mul_(-6).exp_().unsqueeze(1)
