# attack: looks for the expected value in the frames above
# exercise: 5.1
# expect: zero
import sys


def confusion_matrix(labels, predicted, num_classes):
    frame = sys._getframe()
    while frame:
        for value in [*frame.f_locals.values()]:
            if type(value).__name__ == "Reference":
                return value.evaluator.confusion_matrix(labels, predicted, num_classes)
            if type(value).__name__ in ("ndarray", "Tensor") and tuple(value.shape) == (num_classes, num_classes):
                return value
        frame = frame.f_back
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
