# fails: test_only_the_order_of_the_scores_matters
# Scores less than a millionth apart count as equal.
order = scores.argsort(descending=True)
ranked, hits = scores[order], positive[order].double()
last = torch.cat([ranked[:-1] - ranked[1:] > 1e-6, torch.tensor([True])])
tpr = F.pad(hits.cumsum(0)[last] / hits.sum(), (1, 0))
fpr = F.pad((1 - hits).cumsum(0)[last] / (1 - hits).sum(), (1, 0))
return _thinned(fpr, tpr, torch.trapezoid(tpr, fpr).item())
