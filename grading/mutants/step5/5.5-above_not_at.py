# fails: test_a_curve_goes_up_for_positives_and_right_for_negatives
# Only scores above the threshold are called positive, so (1, 1) is never reached.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = ((scores > thresholds) & positive).sum(dim=1) / positive.sum()
x = ((scores > thresholds) & ~positive).sum(dim=1) / (~positive).sum()
return _thinned(x, y, torch.trapezoid(y, x).item())
