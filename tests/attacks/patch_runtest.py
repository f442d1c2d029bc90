# attack: makes running a test do nothing
# exercise: 5.1
# expect: zero
# naive: yes
import _pytest.python

_pytest.python.Function.runtest = lambda self: None


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
