# Matrices filled entry by entry, and einsum.
lean = torch.zeros(len(points), 2, 2)
lean[:, 0, 0], lean[:, 0, 1], lean[:, 1, 1] = aspect, -slant, 1
turn = torch.empty(len(points), 2, 2)
turn[:, 0, 0] = turn[:, 1, 1] = tilt.cos()
turn[:, 1, 0] = tilt.sin()
turn[:, 0, 1] = -tilt.sin()
return torch.einsum("nij,njk,npk->npi", turn, lean, points)
