# fails: test_dark_ink_on_light_paper, test_any_ink_on_any_paper
# grain and shadows stay
return (difference / strongest).clamp(max=1)
