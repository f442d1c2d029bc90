# fails: test_a_character_of_two_pieces_in_a_corner_is_one
# Places of rows end where those of columns end.
ink = images.amax(dim=1)
visible = ink > ink.amax(dim=(1, 2), keepdim=True) / 4
side = 1.6 * torch.maximum(extent(visible.any(dim=2)), extent(visible.any(dim=1)))
mass = ink.sum(dim=(1, 2)).clamp(min=1e-12)
rows, columns = torch.arange(ink.shape[1]) + 0.5, torch.arange(ink.shape[2]) + 0.5
center_y, center_x = (ink.sum(dim=2) * rows.clamp(max=ink.shape[2])).sum(dim=1) / mass, (ink.sum(dim=1) * columns).sum(dim=1) / mass
return show_square(images, center_x, center_y, side, image_size)
