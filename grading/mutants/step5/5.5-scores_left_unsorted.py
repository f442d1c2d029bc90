# fails: test_the_area_of_a_curve_computed_by_hand
# The images in the order in which they come.
hits = positive.double()
true_positive_rate = F.pad(hits.cumsum(dim=0) / hits.sum(), (1, 0))
false_positive_rate = F.pad((1 - hits).cumsum(dim=0) / (1 - hits).sum(), (1, 0))
return _thinned(false_positive_rate, true_positive_rate, torch.trapezoid(true_positive_rate, false_positive_rate).item())
