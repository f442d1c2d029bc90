# fails: test_every_point_has_its_own_pen_and_belongs_to_its_own_picture
# Every point of a character has the width of its first one.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width[:, :1]).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return 1 - ink.mul_(-6).exp_().unsqueeze(1)
