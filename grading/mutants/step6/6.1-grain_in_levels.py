# fails: test_any_ink_on_any_paper
# compares grain with a share of 255, not of the strongest ink
ink = (difference / strongest).clamp(max=1)
return torch.where(difference > GRAIN * 255, ink, 0)
