# attack: integers that are no floats
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    return [2**1024 - 1] * 20
