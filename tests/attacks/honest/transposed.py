# attack: rows and columns exchanged: wrong
# exercise: 5.1
# expect: honest
# points: 0
quick = confusion_matrix


def confusion_matrix(labels, predicted, num_classes):
    return quick(predicted, labels, num_classes)
