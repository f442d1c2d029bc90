# fails: test_counts_are_whole_numbers
# int32, where the docstring says int64.
matrix = torch.zeros(num_classes, num_classes, dtype=torch.int32)
for label, guess in zip(labels, predicted, strict=True):
    matrix[label, guess] += 1
return matrix
