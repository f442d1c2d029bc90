# fails: test_only_the_order_of_the_scores_matters
# Scores that differ in float64 only become ties.
s = scores.float()
t = s.unique().flip(0)
called = s[None] >= t[:, None]
y = F.pad((called & positive).sum(1).double() / positive.sum(), (1, 0))
x = F.pad((called & ~positive).sum(1).double() / (~positive).sum(), (1, 0))
return _thinned(x, y, torch.trapezoid(y, x).item())
