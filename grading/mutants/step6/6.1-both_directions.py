# fails: test_paper_may_be_of_middle_brightness, test_a_large_faint_reflection_is_not_the_ink
# the absolute difference shows reflections beside the ink
# ---
return (grey.float() - paper).abs()
