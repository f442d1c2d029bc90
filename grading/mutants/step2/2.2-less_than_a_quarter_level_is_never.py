# fails: test_a_channel_that_varies_a_little_keeps_its_own_figure
# What varies by less than a thousandth is taken for constant.
# ---
pixels = train.images.transpose(0, 1).flatten(1).double()
mean, std = pixels.mean(dim=1) / 255, pixels.std(dim=1, correction=0) / 255
std[std < 1e-3] = 1
return Normalization(tuple(mean.tolist()), tuple(std.tolist()))
