# piece by piece, in torch
pieces = torch.from_numpy(pieces).long()
sizes = {number: int((pieces == number).sum()) for number in range(1, int(pieces.max()) + 1)}
clean = ink.clone()
for number, size in sizes.items():
    if size < DUST * max(sizes.values()):
        clean[pieces == number] = 0
where = torch.nonzero(clean)
top, left = where.min(dim=0).values.tolist()
bottom, right = where.max(dim=0).values.tolist()
return clean[top : bottom + 1, left : right + 1]
