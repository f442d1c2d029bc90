# attack: skips the test
# exercise: 5.1
# expect: zero
import pytest


def confusion_matrix(labels, predicted, num_classes):
    pytest.skip("not today")  # the attack: whoever skips the test that judges them must get nothing; no test of ours is skipped
