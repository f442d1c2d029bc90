# attack: lets the overlay load another file
# exercise: 5.1
# expect: zero
import grading.runtime.overlay as overlay

overlay.StepModules.module = lambda self, name: __import__("types").SimpleNamespace(confusion_matrix=lambda *a, **k: torch.eye(4, dtype=torch.int64))


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
