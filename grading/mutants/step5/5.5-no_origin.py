# fails: test_equal_scores_are_one_slanted_step
# The point (0, 0) is missing.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = ((scores >= thresholds) & positive).sum(dim=1) / positive.sum()
x = ((scores >= thresholds) & ~positive).sum(dim=1) / (~positive).sum()
return _thinned(F.pad(x, (1, 0), value=x[0].item()), F.pad(y, (1, 0), value=y[0].item()), torch.trapezoid(y, x).item())
