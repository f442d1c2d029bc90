# fails: test_a_cell_begins_one_millimetre_before_its_box, test_rows_go_down_and_columns_go_to_the_right
# x is taken for the first axis
cells = []
for row in range(layout.rows):
    for column in range(layout.columns):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = round((box_left - OVERHANG) * SCALE), round((box_top - OVERHANG) * SCALE)
        cells.append(page[left : left + SIDE, top : top + SIDE])
cells = [F.pad(cell, (0, SIDE - cell.shape[1], 0, SIDE - cell.shape[0])) for cell in cells]
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
