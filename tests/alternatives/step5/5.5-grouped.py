# Positives and negatives counted for each different score.
values, group = scores.unique(return_inverse=True)
ups = torch.zeros(len(values)).index_add_(0, group, positive.float()).flip(0)
rights = torch.zeros(len(values)).index_add_(0, group, (~positive).float()).flip(0)
tpr = torch.cat([torch.zeros(1), ups.cumsum(0) / ups.sum()])
fpr = torch.cat([torch.zeros(1), rights.cumsum(0) / rights.sum()])
return _thinned(fpr, tpr, float(torch.trapz(tpr, x=fpr)))
