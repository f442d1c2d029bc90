# attack: reads address 0
# exercise: 5.1
# expect: zero
# fresh: yes
import ctypes


def confusion_matrix(labels, predicted, num_classes):
    ctypes.string_at(0)
