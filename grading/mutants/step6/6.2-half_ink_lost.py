# fails: test_the_rectangle_reaches_from_the_first_ink_to_the_last, test_a_small_i_on_a_large_page_keeps_its_dot
# edges are where ink is more than half
areas = np.bincount(pieces.ravel())
areas[0] = 0
is_kept = (areas >= DUST * areas.max()) & (areas > 0)
clean = ink * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = ((clean > 0.6).any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
