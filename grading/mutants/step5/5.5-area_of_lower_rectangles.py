# fails: test_one_tie_in_the_middle, test_the_area_is_the_share_of_pairs_in_the_right_order
# The area is made of rectangles: too small wherever the curve is slanted.
thresholds = scores.unique().flip(0).unsqueeze(1)
y = F.pad(((scores >= thresholds) & positive).sum(dim=1) / positive.sum(), (1, 0))
x = F.pad(((scores >= thresholds) & ~positive).sum(dim=1) / (~positive).sum(), (1, 0))
return _thinned(x, y, (x.diff() * y[:-1]).sum().item())
