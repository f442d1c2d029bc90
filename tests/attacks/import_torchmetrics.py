# attack: a forbidden library, imported openly
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    from sklearn.metrics import confusion_matrix as theirs

    return torch.from_numpy(theirs(labels, predicted, labels=range(num_classes)))
