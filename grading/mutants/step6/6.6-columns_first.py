# fails: test_rows_go_down_and_columns_go_to_the_right, test_any_layout_is_cut_as_it_says
# cells come column by column
cells = []
for column in range(layout.columns):
    for row in range(layout.rows):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = round((box_left - OVERHANG) * SCALE), round((box_top - OVERHANG) * SCALE)
        cells.append(page[top : top + SIDE, left : left + SIDE])
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
