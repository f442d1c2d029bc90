# attack: ends the process with success in a call
# exercise: 5.1
# expect: zero
# naive: yes
# fresh: yes
import os


def confusion_matrix(labels, predicted, num_classes):
    os._exit(0)
