# attack: calls the C library's _exit
# exercise: 5.1
# expect: zero
# naive: yes
import ctypes


def confusion_matrix(labels, predicted, num_classes):
    ctypes.CDLL(None)._exit(0)
