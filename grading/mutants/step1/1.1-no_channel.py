# fails: test_each_picture_has_one_channel_and_the_size_that_was_asked_for
# (N, H, W) without the channel.
pixels = torch.arange(image_size) + 0.5
sharpness = (2**1.5 / pen_width).unsqueeze(2)
columns = bell((points[..., 0:1] - pixels) * sharpness)
rows = bell((points[..., 1:2] - pixels) * sharpness)
ink = rows.transpose(1, 2) @ columns
return 1 - ink.mul_(-6).exp_()
