# fails: test_dark_ink_on_light_paper, test_any_ink_on_any_paper
# subtracts the grain from all ink
return ((difference / strongest - GRAIN) / (1 - GRAIN)).clamp(0, 1)
