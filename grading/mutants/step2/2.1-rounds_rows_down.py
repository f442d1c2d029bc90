# fails: test_the_sheet_is_just_large_enough
# A row that is not full is lost.
rows = max(count // columns, 1)
sheet = images.new_full((rows * (height + gap) - gap, columns * (width + gap) - gap), 128)
for position, image in enumerate(images[: rows * columns]):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
