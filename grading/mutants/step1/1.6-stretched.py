# fails: test_ink_that_is_bright_on_dark_stays_as_it_is, test_real_digits_keep_every_pixel
# Stretches every picture to the size instead of framing it.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if sum(map(_has_bright_edges, pictures)) * 2 > len(pictures):
    pictures = [255 - picture for picture in pictures]
images = torch.cat([F.interpolate(picture[None].float(), (image_size, image_size)).to(torch.uint8) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
