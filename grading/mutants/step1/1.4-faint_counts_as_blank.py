# fails: test_faint_ink_has_a_centre_too
# All ink below 1 counts as blank.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
mass = ink.sum(dim=(1, 2)).clamp(min=1)
center_y = (ink.sum(dim=2) * (torch.arange(height) + 0.5)).sum(dim=1) / mass
center_x = (ink.sum(dim=1) * (torch.arange(width) + 0.5)).sum(dim=1) / mass
return show_square(images, center_x, center_y, longer / INK_SHARE, image_size)
