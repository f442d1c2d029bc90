# attack: replaces the comparison in every module that has it
# exercise: 5.1
# expect: zero
# naive: maybe
import sys

for module in list(sys.modules.values()):
    if hasattr(module, "assert_same"):
        module.assert_same = lambda *a, **k: None


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
