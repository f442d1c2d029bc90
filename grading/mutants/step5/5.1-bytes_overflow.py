# fails: test_images_of_the_same_kind_add_up
# Counts in uint8 begin again at 0 after 255.
matrix = torch.zeros(num_classes, num_classes, dtype=torch.uint8)
for label, guess in zip(labels, predicted, strict=True):
    matrix[label, guess] += 1
return matrix.long()
