# fails: test_ink_grows_where_points_meet_but_never_beyond_1
# The sum of the spots as it is.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return ink.unsqueeze(1)
