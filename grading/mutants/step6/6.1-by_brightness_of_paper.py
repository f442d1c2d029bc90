# fails: test_paper_may_be_of_middle_brightness
# guesses the direction by how bright the paper is
# ---
return (paper - grey.float()).clamp(min=0) if paper > 127 else (grey.float() - paper).clamp(min=0)
