# fails: test_equal_scores_are_one_slanted_step, test_one_tie_in_the_middle
# A point for every image; pairs of score and label are sorted, so of equal scores the positives come first.
x, y = [0.0], [0.0]
for _, hit in sorted(zip(scores.tolist(), positive.tolist()), reverse=True):
    x.append(x[-1] + (not hit))
    y.append(y[-1] + hit)
x, y = torch.tensor(x, dtype=torch.float64) / x[-1], torch.tensor(y, dtype=torch.float64) / y[-1]
return _thinned(x, y, torch.trapezoid(y, x).item())
