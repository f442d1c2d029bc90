# A loop over the images.
matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
for label, guess in zip(labels.tolist(), predicted.tolist(), strict=True):
    matrix[label, guess] += 1
return matrix
