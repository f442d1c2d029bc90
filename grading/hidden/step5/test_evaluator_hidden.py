"""Evaluation on inputs that nobody can know beforehand."""

import pytest
import torch

from grading.runtime.messages import assert_same


@pytest.mark.exercise("5.1")
def test_any_guesses_are_counted(box, draw, reference):
    """Labels and guesses drawn at random, some classes missing."""
    num_classes = int(torch.randint(3, 9, (), generator=draw))
    labels, predicted = torch.randint(0, num_classes - 1, (2, 200), generator=draw)

    def act(evaluator):
        return evaluator.confusion_matrix(labels, predicted, num_classes)

    expected = reference.evaluator.confusion_matrix(labels, predicted, num_classes)
    assert_same(box(act), expected, f"confusion_matrix(labels, predicted, {num_classes})")
