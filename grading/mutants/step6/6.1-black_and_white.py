# fails: test_dark_ink_on_light_paper, test_any_ink_on_any_paper
# all that is not grain is 1
return (difference / strongest > GRAIN).float()
