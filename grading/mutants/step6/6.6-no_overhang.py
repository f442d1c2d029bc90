# fails: test_a_cell_begins_one_millimetre_before_its_box, test_any_layout_is_cut_as_it_says
# cells begin at the box itself
cells = []
for row in range(layout.rows):
    for column in range(layout.columns):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = round((box_left) * SCALE), round((box_top) * SCALE)
        cells.append(page[top : top + SIDE, left : left + SIDE])
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
