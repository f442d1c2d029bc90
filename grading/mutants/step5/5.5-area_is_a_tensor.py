# fails: test_a_curve_holds_plain_numbers
# All right but for the kind of the area, with which no result can be saved.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = F.pad(((scores >= thresholds) & positive).sum(dim=1) / positive.sum(), (1, 0))
x = F.pad(((scores >= thresholds) & ~positive).sum(dim=1) / (~positive).sum(), (1, 0))
return _thinned(x, y, torch.trapezoid(y, x))
