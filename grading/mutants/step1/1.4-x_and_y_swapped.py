# fails: test_a_block_of_the_right_size_is_only_moved, test_where_a_digit_lies_makes_no_difference
# The centres of rows and columns change places.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
center_y = (ink.sum(dim=2) * (torch.arange(height) + 0.5)).sum(dim=1) / mass
center_x = (ink.sum(dim=1) * (torch.arange(width) + 0.5)).sum(dim=1) / mass
return show_square(images, center_y, center_x, longer / INK_SHARE, image_size)
