# fails: test_ink_that_is_bright_on_dark_stays_as_it_is
# Turns every set round.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if True:
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
