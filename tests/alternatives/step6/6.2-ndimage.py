# SciPy's own sums and rectangle
numbers = np.arange(1, pieces.max() + 1)
areas = ndimage.sum_labels(np.ones(pieces.shape), pieces, numbers)
kept = np.isin(pieces, numbers[areas >= DUST * areas.max()])
return torch.where(torch.from_numpy(kept), ink, 0)[ndimage.find_objects(kept.astype(int))[0]]
