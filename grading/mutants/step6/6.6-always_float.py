# fails: test_any_layout_is_cut_as_it_says
# the result is float32, whatever the page is
cells = []
for row in range(layout.rows):
    for column in range(layout.columns):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = round((box_left - OVERHANG) * SCALE), round((box_top - OVERHANG) * SCALE)
        cells.append(page[top : top + SIDE, left : left + SIDE])
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE).float()
