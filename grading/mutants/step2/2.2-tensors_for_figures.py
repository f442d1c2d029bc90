# fails: test_black_and_white_have_mean_and_standard_deviation_one_half
# Tensors where plain numbers are promised.
# ---
pixels = train.images.transpose(0, 1).flatten(1).float() / 255
std = pixels.std(dim=1)
return Normalization(tuple(pixels.mean(dim=1)), tuple(std.where(std > 0, 1)))
