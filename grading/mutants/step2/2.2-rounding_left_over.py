# fails: test_rounding_is_no_deviation
# Equal pixels, divided by 255 first, deviate from their mean by rounding.
# ---
pixels = train.images.float() / 255
mean, std = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3))
std[std == 0] = 1.0
return Normalization(tuple(mean.tolist()), tuple(std.tolist()))
