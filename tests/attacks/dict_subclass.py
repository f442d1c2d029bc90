# attack: a dict that has every key
# exercise: 5.1
# expect: zero
class Anything(dict):
    def __missing__(self, key):
        return 1

    __eq__ = lambda self, other: True


def confusion_matrix(labels, predicted, num_classes):
    return Anything(shape=1)
