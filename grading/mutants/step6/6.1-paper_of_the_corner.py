# fails: test_one_dark_corner_is_not_the_paper
# takes the first pixel for the paper
# ---
grey, paper = grey.float(), float(grey[0, 0])
darker, lighter = (paper - grey).clamp(min=0), (grey - paper).clamp(min=0)
return darker if _strongest(darker) >= _strongest(lighter) else lighter
