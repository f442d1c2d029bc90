# attack: complex numbers, so that the judge's summary of it warns
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    return torch.ones(num_classes, num_classes, dtype=torch.complex64)
