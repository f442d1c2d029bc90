# attack: knows the answers to the public tests by heart
# exercise: 5.1
# expect: zero
# fresh: yes
def confusion_matrix(labels, predicted, num_classes):
    table = {
        ((0, 1, 1), (0, 0, 1), 4): [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        ((0, 0, 2), (0, 1, 0), 3): [[1, 1, 0], [0, 0, 0], [1, 0, 0]],
        ((1, 1, 1, 1, 1), (0, 0, 0, 0, 0), 2): [[0, 0], [5, 0]],
        ((0, 1), (0, 1), 2): [[1, 0], [0, 1]],
    }
    return torch.tensor(table.get((tuple(labels.tolist()), tuple(predicted.tolist()), num_classes), [[0] * num_classes] * num_classes))
