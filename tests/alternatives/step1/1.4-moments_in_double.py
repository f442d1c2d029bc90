# Places as a grid, weighted means in double precision.
ink = images.max(dim=1).values.double()
rows, columns = torch.meshgrid(torch.arange(ink.shape[1]) + 0.5, torch.arange(ink.shape[2]) + 0.5, indexing="ij")
total = ink.sum(dim=(1, 2))
total = torch.where(total == 0, 1.0, total)
center_y = ((ink * rows).sum(dim=(1, 2)) / total).float()
center_x = ((ink * columns).sum(dim=(1, 2)) / total).float()
strong = ink > ink.flatten(1).max(dim=1).values[:, None, None] / 4
side = torch.stack([extent(strong.any(dim=2)), extent(strong.any(dim=1))]).amax(dim=0)
return show_square(images, center_x, center_y, torch.clamp(side, min=1) * 32 / 20, image_size)
