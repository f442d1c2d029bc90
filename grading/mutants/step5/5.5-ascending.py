# fails: test_a_curve_goes_up_for_positives_and_right_for_negatives
# From the lowest score up.
thresholds = scores.unique().unsqueeze(1)
y = F.pad(((scores <= thresholds) & positive).sum(dim=1) / positive.sum(), (1, 0))
x = F.pad(((scores <= thresholds) & ~positive).sum(dim=1) / (~positive).sum(), (1, 0))
return _thinned(x, y, torch.trapezoid(y, x).item())
