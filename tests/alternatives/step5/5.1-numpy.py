# numpy's unbuffered addition, int32.
matrix = np.zeros((num_classes, num_classes), dtype=np.int32)
np.add.at(matrix, (labels.numpy(), predicted.numpy()), 1)
return torch.from_numpy(matrix)
