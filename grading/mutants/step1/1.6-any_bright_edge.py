# fails: test_polarity_is_decided_once_by_the_majority
# One picture with bright edges turns the whole set round.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if any(map(_has_bright_edges, pictures)):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
