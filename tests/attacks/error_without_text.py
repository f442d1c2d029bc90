# attack: an error whose text ends the process
# exercise: 5.1
# expect: zero
import os


class Evil(Exception):
    def __str__(self):
        os._exit(0)


def confusion_matrix(labels, predicted, num_classes):
    raise Evil
