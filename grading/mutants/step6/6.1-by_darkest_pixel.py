# fails: test_one_speck_does_not_decide_the_direction
# the strongest single pixel decides, and that may be dust
# ---
darker, lighter = (paper - grey.float()).clamp(min=0), (grey.float() - paper).clamp(min=0)
return max(darker, lighter, key=lambda difference: float(difference.max()))
