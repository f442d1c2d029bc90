# attack: a thread ends the process with success
# exercise: 5.1
# expect: zero
# naive: yes
import os
import threading
import time


def confusion_matrix(labels, predicted, num_classes):
    threading.Timer(0.01, os._exit, [0]).start()
    time.sleep(5)
