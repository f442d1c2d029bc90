# attack: forks for ever
# exercise: 5.1
# expect: zero
# seconds: 3
# fresh: yes
import os


def confusion_matrix(labels, predicted, num_classes):
    while True:
        try:
            os.fork()
        except OSError:
            pass
