# attack: replaces the worker's box
# exercise: 5.1
# expect: zero
import grading.runtime.box as box

box.Box.__call__ = lambda self, act: True
box.Box.error = lambda self, act: None
box.plain = lambda value: True


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
