# fails: test_lighter_than_the_paper_of_dark_ink_is_no_difference
# the other direction is below 0, which `find_ink` takes for grain
ink = (difference / strongest).clamp(max=1)
return torch.where(ink > GRAIN, ink, 0)
# ---
darker, lighter = paper - grey.float(), grey.float() - paper
return darker if _strongest(darker) >= _strongest(lighter) else lighter
