# fails: test_counts_are_whole_numbers
# The counts are float32.
matrix = torch.zeros(num_classes, num_classes)
for label, guess in zip(labels, predicted):
    matrix[label, guess] += 1
return matrix
