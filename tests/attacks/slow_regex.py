# attack: holds the interpreter in C
# exercise: 5.1
# expect: zero
# seconds: 2
import re


def confusion_matrix(labels, predicted, num_classes):
    re.match("(a+)+$", "a" * 60 + "b")
