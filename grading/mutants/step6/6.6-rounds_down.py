# fails: test_the_nearest_pixel_is_taken, test_any_layout_is_cut_as_it_says
# cuts off instead of rounding
cells = []
for row in range(layout.rows):
    for column in range(layout.columns):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = int((box_left - OVERHANG) * SCALE), int((box_top - OVERHANG) * SCALE)
        cells.append(page[top : top + SIDE, left : left + SIDE])
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
