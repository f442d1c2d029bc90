# fails: test_a_curve_holds_plain_numbers
# numpy's area, and rates that are numpy's numbers.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = F.pad(((scores >= thresholds) & positive).sum(dim=1) / positive.sum(), (1, 0)).double().numpy()
x = F.pad(((scores >= thresholds) & ~positive).sum(dim=1) / (~positive).sum(), (1, 0)).double().numpy()
return RocCurve(false_positive_rate=tuple(x), true_positive_rate=tuple(y), auc=np.trapezoid(y, x))
