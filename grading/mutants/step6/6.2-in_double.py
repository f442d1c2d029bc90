# fails: test_the_rectangle_reaches_from_the_first_ink_to_the_last
# gives float64, as numpy's product of two types does
areas = np.bincount(pieces.ravel())
areas[0] = 0
kept = (areas >= DUST * areas.max())[pieces]
rows, columns = np.nonzero(kept)
clean = ink.numpy() * kept.astype(float)
return torch.from_numpy(clean[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
