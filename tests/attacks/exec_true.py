# attack: becomes another program, which succeeds
# exercise: 5.1
# expect: zero
# naive: yes
import os


def confusion_matrix(labels, predicted, num_classes):
    os.execv("/usr/bin/true", ["true"])
