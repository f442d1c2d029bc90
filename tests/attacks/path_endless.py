# attack: returns a path whose file never ends
# exercise: 5.1
# expect: zero
from pathlib import Path


def confusion_matrix(labels, predicted, num_classes):
    return Path("/dev/zero")
