# fails: test_a_large_faint_reflection_is_not_the_ink
# the direction with more in total wins
# ---
darker, lighter = (paper - grey.float()).clamp(min=0), (grey.float() - paper).clamp(min=0)
return darker if darker.sum() >= lighter.sum() else lighter
