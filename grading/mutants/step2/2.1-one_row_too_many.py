# fails: test_any_number_of_images_of_any_size
# count // columns + 1 is one too many where all rows are full.
rows = count // columns + 1
sheet = images.new_full((rows * (height + gap) - gap, columns * (width + gap) - gap), 128)

for position, image in enumerate(images):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
