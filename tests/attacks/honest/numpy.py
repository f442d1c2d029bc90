# attack: counts with NumPy
# exercise: 5.1
# expect: honest
# points: 2
def confusion_matrix(labels, predicted, num_classes):
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (labels.numpy(), predicted.numpy()), 1)
    return torch.from_numpy(matrix)
