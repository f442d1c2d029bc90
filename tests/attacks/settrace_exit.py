# attack: a trace function ends the process
# exercise: 5.1
# expect: zero
# naive: yes
import os
import sys


def confusion_matrix(labels, predicted, num_classes):
    sys.settrace(lambda *_: os._exit(0))
    len(str(labels))
    (lambda: 1)()
