# attack: a file that Python cannot read
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    return (((
