# A loop over pictures, nonzero for the rectangle, einsum for the mass; blank ones apart.
result = torch.zeros(len(images), images.shape[1], image_size, image_size)
for number, image in enumerate(images):
    ink = image.amax(dim=0)
    if ink.max() <= 0:
        continue
    places = (ink > ink.max() / 4).nonzero()
    side = (places.amax(dim=0) - places.amin(dim=0)).max() + 1
    y = torch.einsum("hw,h->", ink, torch.arange(ink.shape[0]) + 0.5) / ink.sum()
    x = torch.einsum("hw,w->", ink, torch.arange(ink.shape[1]) + 0.5) / ink.sum()
    result[number] = show_square(image[None], x[None], y[None], side[None] / INK_SHARE, image_size)[0]
return result
