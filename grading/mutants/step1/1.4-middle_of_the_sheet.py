# fails: test_a_block_of_the_right_size_is_only_moved, test_where_a_digit_lies_makes_no_difference
# Scales only, around the middle of the sheet.
height, width = images.shape[-2:]
ink = images.amax(dim=1)
visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
box_height, box_width = extent(visible.any(dim=2)), extent(visible.any(dim=1))
longer = torch.maximum(box_height, box_width).clamp(min=1)
center_y, center_x = torch.full_like(longer, height / 2), torch.full_like(longer, width / 2)
return show_square(images, center_x, center_y, longer / INK_SHARE, image_size)
