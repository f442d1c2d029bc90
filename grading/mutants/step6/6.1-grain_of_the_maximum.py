# fails: test_one_black_speck_does_not_make_the_ink_pale
# grain is measured by the strongest pixel, be it a speck
ink = (difference / strongest).clamp(max=1)
ink[difference <= GRAIN * difference.max()] = 0
return ink
