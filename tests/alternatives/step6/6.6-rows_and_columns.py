# the rows' and the columns' places apart, then one indexing
tops = np.array([layout.box(row, 0)[1] for row in range(layout.rows)])
lefts = np.array([layout.box(0, column)[0] for column in range(layout.columns)])
ys = np.rint((tops - OVERHANG) * SCALE).astype(int)[:, None, None, None] + np.arange(SIDE)[:, None]
xs = np.rint((lefts - OVERHANG) * SCALE).astype(int)[:, None, None] + np.arange(SIDE)
return page[torch.from_numpy(ys), torch.from_numpy(xs)]
