# The area from pairs, the curve from a table of thresholds and images, float32.
thresholds = torch.cat([torch.tensor([float("inf")]), scores.unique().flip(0)])
called = scores[None, :] >= thresholds[:, None]
tpr = (called & positive).sum(1) / positive.sum()
fpr = (called & ~positive).sum(1) / positive.logical_not().sum()
gap = scores[positive][:, None] - scores[~positive][None, :]
auc = ((gap > 0).float() + 0.5 * (gap == 0).float()).mean().item()
return _thinned(fpr, tpr, auc)
