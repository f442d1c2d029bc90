# fails: test_the_area_of_a_model_that_is_worse_than_luck
# An area below 1/2 is turned round.
thresholds = scores.unique().flip(0)[:, None]
tpr = F.pad((scores[positive] >= thresholds).double().mean(dim=1), (1, 0))
fpr = F.pad((scores[~positive] >= thresholds).double().mean(dim=1), (1, 0))
area = torch.trapezoid(tpr, fpr).item()
return _thinned(fpr, tpr, max(area, 1 - area))
