# fails: test_levels_decide_however_bright_the_paper_is
# compares how much of what is possible was reached, in either direction
# ---
darker, lighter = (paper - grey.float()).clamp(min=0), (grey.float() - paper).clamp(min=0)
return darker if _strongest(darker) / max(paper, 1) >= _strongest(lighter) / max(255 - paper, 1) else lighter
