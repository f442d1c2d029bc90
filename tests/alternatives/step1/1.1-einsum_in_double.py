# Double precision inside, einsum, and no call of bell.
centers = torch.linspace(0.5, image_size - 0.5, image_size, dtype=torch.float64)
deviation = pen_width.double()[:, :, None] / 4
profiles = [torch.exp(-0.5 * ((points[:, :, axis, None] - centers) / deviation) ** 2) for axis in (0, 1)]
total = torch.einsum("npx,npy->nyx", *profiles)
return -torch.expm1(-6 * total).float().reshape(len(points), 1, image_size, image_size)
