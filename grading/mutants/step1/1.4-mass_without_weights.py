# fails: test_faint_traces_count_for_the_centre_but_not_for_the_size, test_pictures_are_normalised_each_by_itself
# The mean place of visible pixels, however dark each is.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
ink = visible.float()
mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
center_y = (ink.sum(dim=2) * (torch.arange(height) + 0.5)).sum(dim=1) / mass
center_x = (ink.sum(dim=1) * (torch.arange(width) + 0.5)).sum(dim=1) / mass
return show_square(images, center_x, center_y, longer / INK_SHARE, image_size)
