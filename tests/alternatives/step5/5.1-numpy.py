# numpy's unbuffered addition.
matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
np.add.at(matrix, (labels.numpy(), predicted.numpy()), 1)
return torch.from_numpy(matrix)
