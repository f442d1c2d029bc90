# fails: test_any_layout_is_cut_as_it_says
# Takes it that all boxes are as far apart as the first two.
top, left = (round((layout.box(0, 0)[k] - OVERHANG) * SCALE) for k in (1, 0))
dy = round((layout.box(1, 0)[1] - layout.box(0, 0)[1]) * SCALE) if layout.rows > 1 else SIDE
dx = round((layout.box(0, 1)[0] - layout.box(0, 0)[0]) * SCALE) if layout.columns > 1 else SIDE
return page[top:, left:].unfold(0, SIDE, dy).unfold(1, SIDE, dx)[:layout.rows, :layout.columns]
