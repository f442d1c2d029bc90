# attack: kills every process it may
# exercise: 5.1
# expect: zero
# seconds: 5
import os


def confusion_matrix(labels, predicted, num_classes):
    os.kill(-1, 9)
    os.kill(1, 9)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
