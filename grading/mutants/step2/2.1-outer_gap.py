# fails: test_images_follow_each_other_as_one_reads
# A gap behind the last row and the last column too.
rows = -(-count // columns)
sheet = images.new_full((rows * (height + gap), columns * (width + gap)), 128)

for position, image in enumerate(images):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
