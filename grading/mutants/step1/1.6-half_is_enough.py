# fails: test_half_of_the_pictures_are_no_majority
# Half of the pictures are enough.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if sum(map(_has_bright_edges, pictures)) * 2 >= len(pictures):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
