# attack: aborts
# exercise: 5.1
# expect: zero
import os


def confusion_matrix(labels, predicted, num_classes):
    os.abort()
