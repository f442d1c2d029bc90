# fails: test_one_point_is_a_round_spot
# 1 - exp(-sum): the ink is pale.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return 1 - ink.neg().exp_().unsqueeze(1)
