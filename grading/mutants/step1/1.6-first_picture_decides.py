# fails: test_polarity_is_decided_once_by_the_majority
# Light and dark by the edges of the first picture.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if _has_bright_edges(pictures[0]):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
