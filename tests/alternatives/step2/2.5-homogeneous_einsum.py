# Homogeneous coordinates and einsum.
centres = torch.linspace(-1 + 1 / size, 1 - 1 / size, size)
y, x = torch.meshgrid(centres, centres, indexing="ij")
points = torch.stack([x, y, torch.ones_like(x)], dim=-1)
return torch.einsum("bik,hwk->bhwi", matrices, points)
