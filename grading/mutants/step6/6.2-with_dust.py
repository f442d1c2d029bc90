# fails: test_dust_in_a_corner_does_not_move_the_edges, test_random_pieces_are_kept_or_dropped_by_their_pixels
# nothing is dust
(rows,), (columns,) = (ink.any(dim=dim).nonzero(as_tuple=True) for dim in (1, 0))
return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
