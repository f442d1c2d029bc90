# all cells in one indexing
corners = torch.tensor([[layout.box(row, column)[:2] for column in range(layout.columns)] for row in range(layout.rows)])
first = ((corners.double() - OVERHANG) * SCALE).round().long()
along = torch.arange(SIDE)
ys, xs = first[..., 1, None] + along, first[..., 0, None] + along
return page[ys[..., :, None], xs[..., None, :]]
