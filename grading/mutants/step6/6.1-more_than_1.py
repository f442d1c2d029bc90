# fails: test_one_black_speck_does_not_make_the_ink_pale
# does not cut off at 1
ink = difference / strongest
return torch.where(ink > GRAIN, ink, 0)
