# fails: test_the_centre_of_mass_is_in_the_middle, test_pictures_are_normalised_each_by_itself
# The middle of the rectangle around the ink.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
y, x = torch.arange(height) + 0.5, torch.arange(width) + 0.5
rows, columns = visible.any(dim=2), visible.any(dim=1)
top, left = (torch.where(seen, at, 1e4).amin(dim=1) for seen, at in ((rows, y), (columns, x)))
center_y = (top + torch.where(rows, y, 0).amax(dim=1)) / 2
center_x = (left + torch.where(columns, x, 0).amax(dim=1)) / 2
return show_square(images, center_x, center_y, longer / INK_SHARE, image_size)
