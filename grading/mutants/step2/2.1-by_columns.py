# fails: test_images_follow_each_other_as_one_reads
# Images run from top to bottom.
rows = -(-count // columns)
sheet = images.new_full((rows * (height + gap) - gap, columns * (width + gap) - gap), 128)
for position, image in enumerate(images):
    top, left = position % rows * (height + gap), position // rows * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
