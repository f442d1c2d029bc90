# fails: test_a_small_i_on_a_large_page_keeps_its_dot, test_a_speck_of_just_a_hundredth_is_no_dust
# only the largest piece is kept
areas = np.bincount(pieces.ravel())
areas[0] = 0
is_kept = areas == areas.max()
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
