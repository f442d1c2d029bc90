# attack: a list of numbers that are equal to all
# exercise: 5.1
# expect: zero
class Yes(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__


def confusion_matrix(labels, predicted, num_classes):
    return [[Yes()] * num_classes] * num_classes
