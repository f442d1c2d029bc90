# fails: test_random_pieces_are_kept_or_dropped_by_their_pixels
# a hundredth is rounded down to a whole number of pixels
areas = np.bincount(pieces.ravel())
areas[0] = 0
kept = torch.from_numpy((areas >= int(DUST * areas.max()))[pieces]) & (ink > 0)
(rows,), (columns,) = (kept.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return (ink * kept)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
