# attack: makes empty folders without end, which no limit on bytes counts
# exercise: 5.1
# expect: zero
# seconds: 3
import os


def confusion_matrix(labels, predicted, num_classes):
    number = 0
    while True:
        os.mkdir(f"/tmp/{number}")
        number += 1
