# attack: kills its parent and its group
# exercise: 5.1
# expect: zero
# seconds: 5
import os


def confusion_matrix(labels, predicted, num_classes):
    os.kill(os.getppid(), 9) if os.getppid() else None
    os.killpg(0, 9)
