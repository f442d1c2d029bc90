# Results go into a tensor that was made before; the edges decide before rows and columns are swapped.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
light = torch.tensor([_has_bright_edges(picture) for picture in pictures]).float().mean() > 0.5
images = torch.empty(len(pictures), 3 if colour else 1, image_size, image_size, dtype=torch.uint8)
for number, picture in enumerate(pictures):
    picture = picture ^ 255 if light else picture
    images[number] = fit_frame(picture[None], image_size)[0]
if transposed:
    images = images.permute(0, 1, 3, 2)
return Samples(images, labels, tuple(classes), _writers(dataset))
