# fails: test_random_pieces_are_kept_or_dropped_by_their_pixels
# weighs pieces by their ink, not by their pixels
areas = np.bincount(pieces.ravel(), weights=ink.numpy().ravel())
areas[0] = 0
is_kept = (areas >= DUST * areas.max()) & (areas > 0)
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
