# attack: a forbidden library, imported openly in a file of which Python warns, so that a reader to whom warnings are errors stops
# exercise: 5.1
# expect: zero
PATTERN = "\d"


def confusion_matrix(labels, predicted, num_classes):
    from sklearn.metrics import confusion_matrix as theirs

    return torch.from_numpy(theirs(labels, predicted, labels=range(num_classes)))
