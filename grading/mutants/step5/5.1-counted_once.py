# fails: test_images_of_the_same_kind_add_up
# Indexing with repeated positions adds to each cell once.
matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
matrix[labels, predicted] += 1
return matrix
