# fails: test_a_small_i_on_a_large_page_keeps_its_dot
# paper counts as the largest piece
areas = np.bincount(pieces.ravel())
is_kept = areas >= DUST * areas.max()
clean = ink * (ink > 0) * torch.from_numpy(is_kept[pieces])
(rows,), (columns,) = (clean.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
if len(rows) == 0:
    return ink[:1, :1]
return clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
