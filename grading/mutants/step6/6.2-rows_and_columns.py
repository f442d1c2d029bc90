# fails: test_the_rectangle_reaches_from_the_first_ink_to_the_last, test_random_pieces_are_kept_or_dropped_by_their_pixels
# rows and columns are swapped
areas = np.bincount(pieces.ravel())
areas[0] = 0
is_kept = (areas >= DUST * areas.max()) & (areas > 0)
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (0, 1))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
