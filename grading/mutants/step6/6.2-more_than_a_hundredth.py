# fails: test_a_speck_of_just_a_hundredth_is_no_dust
# a piece of just a hundredth is dropped
areas = np.bincount(pieces.ravel())
areas[0] = 0
is_kept = (areas > DUST * areas.max()) & (areas > 0)
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
