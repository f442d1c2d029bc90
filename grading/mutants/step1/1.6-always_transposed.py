# fails: test_transposed_pictures_are_put_upright, test_ink_that_is_bright_on_dark_stays_as_it_is
# Swaps rows and columns where nobody asked for it.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if not transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if sum(map(_has_bright_edges, pictures)) * 2 > len(pictures):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
