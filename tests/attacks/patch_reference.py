# attack: replaces the reference by itself
# exercise: 5.1
# expect: zero
import importlib
import sys

original = importlib.import_module
importlib.import_module = lambda name, package=None: sys.modules[__name__] if name.endswith("evaluator") else original(name, package)
try:
    import sklearn.metrics

    sklearn.metrics.confusion_matrix = lambda labels, predicted, **k: torch.zeros(1)
except ImportError:
    pass


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
