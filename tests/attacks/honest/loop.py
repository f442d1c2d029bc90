# attack: counts in a loop
# exercise: 5.1
# expect: honest
# points: 2
def confusion_matrix(labels, predicted, num_classes):
    matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for label, guess in zip(labels, predicted):
        matrix[label, guess] += 1
    return matrix
