# attack: writes a perfect report at the end
# exercise: 5.1
# expect: zero
# naive: yes
import atexit
import os
import sys


def forge():
    for argument in sys.argv:
        if argument.startswith("--junitxml="):
            with open(argument.partition("=")[2], "w") as file:
                file.write('<testsuites><testsuite tests="9" failures="0" errors="0" skipped="0"/></testsuites>')
    os._exit(0)


atexit.register(forge)


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
