# fails: test_ink_that_is_bright_on_dark_stays_as_it_is
# Frames of the usual size, whatever was asked for.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if sum(map(_has_bright_edges, pictures)) * 2 > len(pictures):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], DEFAULT_SIZE) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
