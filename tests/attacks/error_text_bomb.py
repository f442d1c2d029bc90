# attack: an error whose text is endless
# exercise: 5.1
# expect: zero
# seconds: 20
class Long(Exception):
    def __str__(self):
        return "x" * 10**9


def confusion_matrix(labels, predicted, num_classes):
    raise Long
