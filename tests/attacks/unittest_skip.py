# attack: raises the skip of unittest
# exercise: 5.1
# expect: zero
import unittest


def confusion_matrix(labels, predicted, num_classes):
    raise unittest.SkipTest("no")
