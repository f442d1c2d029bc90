# attack: an object that is equal to everything
# exercise: 5.1
# expect: zero
class Yes:
    shape = property(lambda self: self)
    dtype = "int"
    __eq__ = __ne__ = __bool__ = lambda self, *a: True
    __len__ = lambda self: 3
    __hash__ = None


def confusion_matrix(labels, predicted, num_classes):
    return Yes()
