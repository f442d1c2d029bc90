# fails: test_faint_traces_count_for_the_centre_but_not_for_the_size
# What has just a quarter of the strongest ink counts as visible.
ink = images.amax(dim=1)
visible = ink >= ink.amax(dim=(1, 2), keepdim=True) / 4
side = 1.6 * torch.maximum(extent(visible.any(dim=2)), extent(visible.any(dim=1)))
mass = ink.sum(dim=(1, 2)).clamp(min=1e-12)
rows, columns = torch.arange(ink.shape[1]) + 0.5, torch.arange(ink.shape[2]) + 0.5
center_y, center_x = (ink.sum(dim=2) * rows).sum(dim=1) / mass, (ink.sum(dim=1) * columns).sum(dim=1) / mass
return show_square(images, center_x, center_y, side, image_size)
