# fails: test_one_point_is_a_round_spot
# The sum of the spots, cut off at 1.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return ink.clamp(0, 1).unsqueeze(1)
