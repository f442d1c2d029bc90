# fails: test_a_curve_goes_up_for_positives_and_right_for_negatives
# Rates of all images, not of the positives and of the negatives.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = F.pad(((scores >= thresholds) & positive).sum(dim=1) / len(scores), (1, 0))
x = F.pad(((scores >= thresholds) & ~positive).sum(dim=1) / len(scores), (1, 0))
return _thinned(x, y, torch.trapezoid(y, x).item())
