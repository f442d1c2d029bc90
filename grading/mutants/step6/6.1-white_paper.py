# fails: test_any_ink_on_any_paper
# measures from white or black, not from this paper
# ---
return 255 - grey.float() if paper >= 128 else grey.float()
