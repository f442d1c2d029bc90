# fails: test_images_follow_each_other_as_one_reads
# Gaps are black.
rows = -(-count // columns)
sheet = images.new_zeros((rows * (height + gap) - gap, columns * (width + gap) - gap))

for position, image in enumerate(images):
    top, left = position // columns * (height + gap), position % columns * (width + gap)
    sheet[top : top + height, left : left + width] = image[0]
return sheet
