# fails: test_a_sheet_is_as_wide_as_its_columns_even_if_there_are_fewer_images
# Fewer images than columns make a narrower sheet.
columns = min(columns, count)
rows = -(-count // columns)
sheet = images.new_full((rows * (height + gap) - gap, columns * (width + gap) - gap), 128)

for position, image in enumerate(images):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
