# NumPy and nested lists
pixels = page.numpy()
grid = []
for row in range(layout.rows):
    line = []
    for column in range(layout.columns):
        left, top = np.rint((np.array(layout.box(row, column)) - OVERHANG) * SCALE).astype(int)[:2]
        line.append(pixels[top : top + SIDE, left : left + SIDE])
    grid.append(np.stack(line))
return torch.from_numpy(np.stack(grid))
