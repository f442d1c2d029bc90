# fails: test_the_sheet_is_just_large_enough
# Right for square images only.
rows = -(-count // columns)
sheet = images.new_full((rows * (width + gap) - gap, columns * (height + gap) - gap), 128)
for position, image in enumerate(images):
    top, left = position // columns * (width + gap), position % columns * (height + gap)
    sheet[top : top + width, left : left + height] = image[0].T
return sheet
