# fails: test_one_black_speck_does_not_make_the_ink_pale
# divides by the strongest pixel, which may be dust
ink = difference / difference.max()
return torch.where(ink > GRAIN, ink, 0)
