# attack: stops itself
# exercise: 5.1
# expect: zero
# seconds: 2
import os
import signal


def confusion_matrix(labels, predicted, num_classes):
    os.kill(os.getpid(), signal.SIGSTOP)
