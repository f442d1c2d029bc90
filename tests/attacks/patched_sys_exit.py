# attack: whoever leaves Python, leaves it with success
# exercise: 5.1
# expect: zero
# naive: maybe
import os
import sys

sys.exit = lambda *_: os._exit(0)
if "_pytest.config" in sys.modules:
    sys.modules["pytest"].main.__globals__["ExitCode"].__call__ = lambda *_: 0


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
