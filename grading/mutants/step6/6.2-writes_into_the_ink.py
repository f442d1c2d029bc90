# fails: test_the_ink_that_was_given_stays_as_it_was
# dust is wiped out of the caller's tensor
areas = np.bincount(pieces.ravel())
areas[0] = 0
ink[torch.from_numpy(((areas < DUST * areas.max()) | (areas == 0))[pieces])] = 0
(rows,), (columns,) = (ink.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
