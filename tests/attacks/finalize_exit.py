# attack: an object ends the process when it dies
# exercise: 5.1
# expect: zero
# naive: yes
import os


class Last:
    def __del__(self):
        os._exit(0)


def confusion_matrix(labels, predicted, num_classes):
    Last()
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
