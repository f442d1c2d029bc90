# attack: takes the reference module that the overlay has put aside
# exercise: 5.1
# expect: zero
# naive: maybe
import gc
import sys
import types


def frames():
    frame = sys._getframe()
    while frame:
        yield frame
        frame = frame.f_back


def confusion_matrix(labels, predicted, num_classes):
    for frame, _ in ((f, 0) for f in frames()):
        before = frame.f_locals.get("before")
        if isinstance(before, dict) and "handwriting_workshop.evaluator" in before:
            return before["handwriting_workshop.evaluator"].confusion_matrix(labels, predicted, num_classes)
    for found in gc.get_objects():
        if type(found) is types.FunctionType and found.__name__ == "confusion_matrix" and "### BEGIN" not in found.__doc__ and found.__module__ == "handwriting_workshop.evaluator" and found.__globals__ is not globals():
            return found(labels, predicted, num_classes)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
