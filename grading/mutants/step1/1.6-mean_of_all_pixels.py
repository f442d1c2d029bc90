# fails: test_much_ink_is_no_paper
# The mean brightness of all pixels, which ink changes too.
labels, classes = _labels(dataset, label_column)
pictures = _pictures(dataset, image_column, colour=colour)
if transposed:
    pictures = [picture.transpose(1, 2) for picture in pictures]
if torch.cat([picture.float().flatten() for picture in pictures]).mean() > 127:
    pictures = [255 - picture for picture in pictures]
images = torch.cat([fit_frame(picture[None], image_size) for picture in pictures])
return Samples(images, labels, classes, _writers(dataset))
