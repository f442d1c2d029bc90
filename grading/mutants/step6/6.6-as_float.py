# fails: test_any_layout_is_cut_as_it_says
# pages of whole numbers are scaled
cells = []
for row in range(layout.rows):
    for column in range(layout.columns):
        box_left, box_top, _, _ = layout.box(row, column)
        left, top = round((box_left - OVERHANG) * SCALE), round((box_top - OVERHANG) * SCALE)
        cells.append(page[top : top + SIDE, left : left + SIDE])
cells = [cell / 255 if cell.dtype == torch.uint8 else cell for cell in cells]
return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
