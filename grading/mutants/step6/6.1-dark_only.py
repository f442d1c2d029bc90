# fails: test_light_ink_on_dark_paper, test_paper_may_be_of_middle_brightness
# only what is darker than the paper counts
# ---
return (paper - grey.float()).clamp(min=0)
