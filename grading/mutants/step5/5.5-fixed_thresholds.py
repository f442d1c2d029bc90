# fails: test_only_the_order_of_the_scores_matters
# A hundred thresholds from 1 to 0.
thresholds = torch.linspace(1, 0, 101)
called = scores >= thresholds.unsqueeze(1)
y = F.pad((called & positive).sum(dim=1) / positive.sum(), (1, 0))
x = F.pad((called & ~positive).sum(dim=1) / (~positive).sum(), (1, 0))
return _thinned(x, y, torch.trapezoid(y, x).item())
