# fails: test_black_and_white_have_mean_and_standard_deviation_one_half
# Figures of pixels from 0 to 255.
# ---
pixels = train.images.transpose(0, 1).flatten(1).double()
std = pixels.std(dim=1, correction=0)
return Normalization(tuple(pixels.mean(dim=1).tolist()), tuple(std.where(std > 0, 1).tolist()))
