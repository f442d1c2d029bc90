# fails: test_dark_ink_on_light_paper, test_any_ink_on_any_paper
# uint8 minus a whole number wraps around below 0
# ---
paper = int(paper)
darker, lighter = (paper - grey).clamp(min=0), (grey - paper).clamp(min=0)
darker, lighter = darker.float(), lighter.float()
return darker if _strongest(darker) >= _strongest(lighter) else lighter
