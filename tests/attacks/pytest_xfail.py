# attack: declares the failure as expected
# exercise: 5.1
# expect: zero
# naive: yes
import pytest


def confusion_matrix(labels, predicted, num_classes):
    pytest.xfail("as expected")
