# attack: recurses in C until the stack is full
# exercise: 5.1
# expect: zero
import sys


def confusion_matrix(labels, predicted, num_classes):
    sys.setrecursionlimit(10**9)
    value = []
    for _ in range(10**6):
        value = [value]
    return value == [value]
