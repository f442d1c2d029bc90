# attack: fills the disk
# exercise: 5.1
# expect: zero
import os


def confusion_matrix(labels, predicted, num_classes):
    with open("/tmp/full", "wb") as file:
        while True:
            file.write(bytes(10**6))
