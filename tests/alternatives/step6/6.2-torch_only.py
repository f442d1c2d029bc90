# Piece by piece, without NumPy.
labelled = torch.from_numpy(pieces)
sizes = {k: int((labelled == k).sum()) for k in range(1, int(labelled.max()) + 1)}
limit = DUST * max(sizes.values())
clean = ink.clone()
for k, n in sizes.items():
    if n < limit:
        clean[labelled == k] = 0
y, x = clean.nonzero(as_tuple=True)
return clean[y.min():y.max() + 1, x.min():x.max() + 1]
