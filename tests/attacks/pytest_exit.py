# attack: asks pytest to end with success
# exercise: 5.1
# expect: zero
# naive: yes
import pytest


def confusion_matrix(labels, predicted, num_classes):
    pytest.exit("done", returncode=0)
