# attack: the garbage collector ends the process
# exercise: 5.1
# expect: zero
# naive: yes
import gc
import os


def confusion_matrix(labels, predicted, num_classes):
    gc.callbacks.append(lambda *_: os._exit(0))
    gc.collect()
