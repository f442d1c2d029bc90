# attack: ends with success at the end
# exercise: 5.1
# expect: zero
# naive: yes
import atexit
import os

atexit.register(os._exit, 0)


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
