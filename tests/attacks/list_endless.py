# attack: a list with 9 numbers that never ends where it is copied
# exercise: 5.1
# expect: zero
# seconds: 2
import itertools


class Endless(list):
    def __iter__(self):
        return itertools.count()


def confusion_matrix(labels, predicted, num_classes):
    return Endless(range(9))
