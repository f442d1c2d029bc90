# fills a tensor; rows and columns by divmod; narrow
cut = page.new_empty(layout.rows, layout.columns, SIDE, SIDE)
for number in range(layout.rows * layout.columns):
    row, column = divmod(number, layout.columns)
    x, y = (int(SCALE * (at - OVERHANG) + 0.5) for at in layout.box(row, column)[:2])
    cut[row, column] = page.narrow(0, y, SIDE).narrow(1, x, SIDE)
return cut
