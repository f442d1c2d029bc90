# fails: test_any_number_of_images_of_any_size
# Cuts the last gap off by a negative end, which is 0 where the gap is.
rows = -(-count // columns)
sheet = images.new_full((rows * (height + gap), columns * (width + gap)), 128)
for position, image in enumerate(images):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet[:-gap, :-gap]
