# fails: test_a_block_of_the_right_size_is_only_moved, test_the_centre_of_mass_is_in_the_middle
# Pixels weigh at their corners: half a pixel off.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
center_y = (ink.sum(dim=2) * (torch.arange(height))).sum(dim=1) / mass
center_x = (ink.sum(dim=1) * (torch.arange(width))).sum(dim=1) / mass
return show_square(images, center_x, center_y, longer / INK_SHARE, image_size)
