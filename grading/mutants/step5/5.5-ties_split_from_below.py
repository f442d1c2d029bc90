# fails: test_equal_scores_are_one_slanted_step, test_one_tie_in_the_middle
# A point for every image; sorted upwards, then turned round, so equal scores come last first.
hits = positive[scores.argsort(stable=True).flip(0)].double()
true_positive_rate = F.pad(hits.cumsum(dim=0) / hits.sum(), (1, 0))
false_positive_rate = F.pad((1 - hits).cumsum(dim=0) / (1 - hits).sum(), (1, 0))
auc = torch.trapezoid(true_positive_rate, false_positive_rate).item()
return _thinned(false_positive_rate, true_positive_rate, auc)
