# fails: test_a_small_i_on_a_large_page_keeps_its_dot
# a single pixel counts as dust, however small the largest piece is
areas = np.bincount(pieces.ravel())
areas[0] = 0
is_kept = (areas >= DUST * areas.max()) & (areas > 1)
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
