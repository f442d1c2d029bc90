# All cells of the sheet in one tensor, whose axes change places.
rows = -(-count // columns)
blank = torch.full((rows * columns, height + gap, width + gap), 128, dtype=torch.uint8)
blank[:count, :height, :width] = images[:, 0]
sheet = blank.reshape(rows, columns, height + gap, width + gap).permute(0, 2, 1, 3).reshape(rows * (height + gap), columns * (width + gap))
return sheet[: sheet.shape[0] - gap, : sheet.shape[1] - gap].contiguous()
