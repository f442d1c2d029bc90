# attack: errors that are each other's cause, deep in groups of errors
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    error = first
    for _ in range(3000):
        error = ExceptionGroup("deep", [error])
    raise error from first
