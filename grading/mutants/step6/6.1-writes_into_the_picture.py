# fails: test_lighter_than_the_paper_of_dark_ink_is_no_difference
# the picture itself is levelled to its paper
ink = (difference / strongest).clamp(max=1)
return torch.where(ink > GRAIN, ink, 0)
# ---
darker, lighter = (paper - grey.float()).clamp(min=0), (grey.float() - paper).clamp(min=0)
if _strongest(darker) >= _strongest(lighter):
    grey.clamp_(max=int(paper))
    return darker
grey.clamp_(min=int(paper))
return lighter
