# attack: takes memory in many processes
# exercise: 5.1
# expect: zero
# seconds: 20
import os


def confusion_matrix(labels, predicted, num_classes):
    for _ in range(8):
        if os.fork() == 0:
            break
    held = []
    while True:
        held.append(b"x" * 10**8)
