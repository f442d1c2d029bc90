# fails: test_a_curve_goes_up_for_positives_and_right_for_negatives, test_the_area_of_a_curve_computed_by_hand
# The two rates are exchanged.
thresholds = scores.unique().flip(0)
x = [0.0] + [(positive & (scores >= t)).sum().item() / positive.sum().item() for t in thresholds]
y = [0.0] + [(~positive & (scores >= t)).sum().item() / (~positive).sum().item() for t in thresholds]
x, y = torch.tensor(x), torch.tensor(y)
return _thinned(x, y, torch.trapezoid(y, x).item())
