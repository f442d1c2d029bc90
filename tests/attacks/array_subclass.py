# attack: an array that answers every function itself
# exercise: 5.1
# expect: zero
class Liar(np.ndarray):
    def __array_function__(self, *a):
        return True

    def __array_ufunc__(self, *a, **k):
        return True


def confusion_matrix(labels, predicted, num_classes):
    return np.zeros((num_classes, num_classes), dtype=int).view(Liar)
