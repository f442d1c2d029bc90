# fails: test_the_difference_is_in_grey_levels_as_float32
# the difference is left in whole numbers
# ---
grey = grey.int()
darker, lighter = (int(paper) - grey).clamp(min=0), (grey - int(paper)).clamp(min=0)
return darker if _strongest(darker) >= _strongest(lighter) else lighter
