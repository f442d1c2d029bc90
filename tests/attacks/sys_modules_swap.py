# attack: puts another module in its place, whose attributes are always there
# exercise: 5.1
# expect: zero
import sys
import types


class Other(types.ModuleType):
    __file__ = __file__

    def __getattr__(self, name):
        return lambda *a, **k: torch.eye(3, dtype=torch.int64)


sys.modules[__name__] = Other(__name__)


def confusion_matrix(labels, predicted, num_classes):
    return 1
