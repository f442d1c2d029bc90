# attack: a signal ends the process with success
# exercise: 5.1
# expect: zero
# naive: yes
import os
import signal
import time


def confusion_matrix(labels, predicted, num_classes):
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(5)
