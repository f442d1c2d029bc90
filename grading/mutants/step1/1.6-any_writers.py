# fails: test_writers_are_none_where_they_are_no_numbers
# A column of that name is taken for numbers, whatever is in it.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if sum(map(_has_bright_edges, pictures)) * 2 > len(pictures):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
writers = torch.tensor(dataset["writer"][:]) if "writer" in dataset.column_names else None
return Samples(images, labels, classes, writers)
