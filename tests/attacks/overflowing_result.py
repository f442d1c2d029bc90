# attack: a result whose mean overflows, so that the judge's summary of it fails
# exercise: 5.1
# expect: zero
# fresh: yes
def confusion_matrix(labels, predicted, num_classes):
    return torch.full((num_classes, num_classes), 1e308, dtype=torch.float64)
