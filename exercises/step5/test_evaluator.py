"""Step 5: how good a model is, where it fails, and what one may say about it.

Your functions are compared with figures worked out by hand, with scikit-learn, and with plain loops.
"""

import math
import random
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.runtime.messages import assert_same
from handwriting_workshop.embedded import embedded_mnist
from handwriting_workshop.results import (
    AverageMetrics,
    Calibration,
    CalibrationBin,
    EvaluationResult,
    History,
    ModelResult,
)

SEEDS = st.integers(0, 2**16)

pytestmark = pytest.mark.filterwarnings("ignore:A single label was found")  # scikit-learn, about tiny examples


def guesses(count, classes, seed):
    """Labels and guesses that are right two times in three; the last class is rare."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (count,), generator=generator)
    labels[labels == classes - 1] = torch.randint(classes, (int((labels == classes - 1).sum()),), generator=generator)
    predicted = torch.where(
        torch.rand(count, generator=generator) < 2 / 3, labels, torch.randint(classes, (count,), generator=generator)
    )
    return labels, predicted


@cache
def real_digits():
    """500 real digits: their labels, and the guesses and probabilities of a model that knows the mean of each class."""
    samples = embedded_mnist()
    images, labels = samples.images.flatten(1).float() / 255, samples.labels
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, test = order[:2000], order[2000:2500]
    means = torch.stack([images[train][labels[train] == label].mean(dim=0) for label in range(10)])
    probabilities = (-torch.cdist(images[test], means)).softmax(dim=1).double()
    return labels[test], probabilities.argmax(dim=1), probabilities


def evaluation(labels, predicted, confidences, accuracy=0.0):
    """An `EvaluationResult` that knows each image's label, guess and confidence, and nothing else."""
    none = AverageMetrics(precision=0.0, recall=0.0, f1=0.0)
    return EvaluationResult(
        classes=("a", "b", "c"),
        labels=tuple(labels),
        predicted=tuple(predicted),
        confidences=tuple(confidences),
        accuracy=accuracy,
        accuracy_interval=(0.0, 1.0),
        loss=0.0,
        top_k={},
        per_class=(),
        macro=none,
        weighted=none,
        confusion_matrix=(),
        roc_curves={},
        roc_micro=None,
        roc_macro=None,
        calibration=Calibration(expected_calibration_error=0.0, bins=()),
        confused_pairs=(),
    )


def history(val_accuracy, best_epoch):
    """A training with these validation accuracies, whose other figures say the opposite: the better, the higher the loss."""
    opposite = tuple(1 - accuracy for accuracy in val_accuracy)
    return History(
        train_accuracy=opposite,
        train_loss=tuple(val_accuracy),
        val_accuracy=tuple(val_accuracy),
        val_loss=tuple(val_accuracy),
        best_epoch=best_epoch,
    )


def model(name, val_accuracy=(), test_accuracy=None):
    """A model with these validation accuracies, one per epoch (none: not trained), and this test accuracy (None: not tested)."""
    best_epoch = 1 + max(range(len(val_accuracy)), key=lambda epoch: val_accuracy[epoch], default=-1)
    return ModelResult(
        name=name,
        type="simple_cnn",
        history=history(val_accuracy, best_epoch) if val_accuracy else None,
        evaluation=None if test_accuracy is None else evaluation((), (), (), test_accuracy),
    )


def assert_shape(got, expected, call, why):
    """Fail unless a tensor (or an array) of this shape came back."""
    __tracebackhide__ = True
    shape = getattr(got, "shape", None)
    gave = f"a {type(got).__name__} and no tensor" if shape is None else f"the shape {tuple(shape)}"
    same = shape is not None and tuple(shape) == expected
    assert same, f"{call}\n  gave      {gave}\n  expected  the shape {expected}: {why}"


def assert_figures(got, expected, call):
    """Fail unless these figures came back, as float32 or as float64."""
    __tracebackhide__ = True
    floats = isinstance(got, torch.Tensor) and got.is_floating_point()
    assert_same(got, torch.as_tensor(expected).to(got.dtype if floats else torch.float64), call)


def plain(record):
    """A result as a dictionary."""
    return dict(record) if isinstance(record, Mapping) else record


def kinds(value):
    """The types of a result's values, by their names, also inside of lists and tuples."""
    if isinstance(value, Mapping):
        return {name: kinds(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted({kinds(each) for each in value})
    return type(value).__name__


def assert_plain_numbers(got, expected, call):
    """Fail unless these types came back: for each name, those that are allowed."""
    __tracebackhide__ = True
    found = {name: [types] if isinstance(types, str) else types for name, types in got.items()} if isinstance(got, dict) else {}
    wrong = {name: found.get(name, []) for name, allowed in expected.items() if not {*found.get(name, ["nothing"])} <= {*allowed}}
    lines = [
        f"  {name}: {', '.join(types) or 'nothing'}; expected {' or '.join(expected[name])}" for name, types in wrong.items()
    ]
    why = "results are saved as JSON, which knows plain numbers only: use .item(), or .tolist() for many"
    assert not wrong, "\n".join([f"{call} holds", *lines, f"  {why}"])


# --- 5.1 confusion_matrix -------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.1")
def test_the_matrix_has_a_row_and_a_column_for_every_class(box):
    """Four classes give a 4 × 4 matrix, also if only two of them occur."""

    def act(evaluator):
        return evaluator.confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), num_classes=4)

    call = "confusion_matrix([0, 1, 1], [0, 0, 1], num_classes=4)"
    assert_shape(box(act), (4, 4), call, "a row and a column for each class")


@pytest.mark.exercise("5.1")
def test_rows_are_right_classes_and_columns_are_guesses(box):
    """A 0 read as 0, a 0 read as 1, and a 2 read as 0."""

    def act(evaluator):
        labels, predicted = torch.tensor([0, 0, 2]), torch.tensor([0, 1, 0])
        return evaluator.confusion_matrix(labels, predicted, num_classes=3)

    expected = torch.tensor([[1, 1, 0], [0, 0, 0], [1, 0, 0]])
    assert_same(box(act), expected, "confusion_matrix([0, 0, 2], [0, 1, 0], num_classes=3)")


@pytest.mark.exercise("5.1")
def test_images_of_the_same_kind_add_up(box):
    """Five images of class 1 that were all read as class 0 are 5 in one cell, and 300 are 300: more than a byte holds."""

    def act(evaluator):
        ones, zeros = torch.ones(300, dtype=torch.int64), torch.zeros(300, dtype=torch.int64)
        return [evaluator.confusion_matrix(ones[:count], zeros[:count], num_classes=2) for count in (5, 300)]

    few, many = box(act)
    assert_same(few, torch.tensor([[0, 0], [5, 0]]), "confusion_matrix([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], num_classes=2)")
    assert_same(many, torch.tensor([[0, 0], [300, 0]]), "confusion_matrix([1] * 300, [0] * 300, num_classes=2)")


@pytest.mark.exercise("5.1")
def test_counts_are_whole_numbers(box):
    """The matrix holds counts, so it is a tensor of int64."""

    def act(evaluator):
        return evaluator.confusion_matrix(torch.tensor([0, 1]), torch.tensor([0, 1]), num_classes=2)

    matrix = box(act)
    kind = str(getattr(matrix, "dtype", type(matrix).__name__))
    assert kind.endswith("int64"), f"confusion_matrix(…) gave numbers of kind {kind}, expected torch.int64: they are counts"
    assert isinstance(matrix, torch.Tensor), (
        f"confusion_matrix(…) gave a {type(matrix).__name__}, expected a torch.Tensor: torch.from_numpy makes one of an array"
    )


@pytest.mark.exercise("5.1")
@given(count=st.integers(1, 60), classes=st.integers(2, 6), seed=SEEDS)
def test_the_matrix_agrees_with_scikit_learn(box, count, classes, seed):
    """Random labels and guesses give scikit-learn's matrix."""
    labels, predicted = guesses(count, classes, seed)

    def act(evaluator):
        return evaluator.confusion_matrix(labels, predicted, num_classes=classes)

    expected = sklearn.metrics.confusion_matrix(labels, predicted, labels=range(classes))
    assert_same(box(act), expected, f"confusion_matrix({labels.tolist()}, {predicted.tolist()}, num_classes={classes})")


@pytest.mark.exercise("5.1")
def test_the_matrix_of_real_digits(box):
    """500 real digits, read by a model that compares them with the mean of each class."""
    labels, predicted, _ = real_digits()

    def act(evaluator):
        return evaluator.confusion_matrix(labels, predicted, num_classes=10)

    expected = sklearn.metrics.confusion_matrix(labels, predicted)
    assert_same(box(act), expected, "confusion_matrix(labels, predicted, num_classes=10)", picture=True)


# --- 5.2 precision_recall_f1 ----------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.2")
def test_each_class_has_a_row_of_three_figures(box):
    """A matrix of 4 classes gives (4, 3): precision, recall and F1 for each."""

    def act(evaluator):
        return evaluator.precision_recall_f1(torch.ones(4, 4, dtype=torch.int64))

    call = "precision_recall_f1(torch.ones(4, 4, dtype=torch.int64))"
    assert_shape(box(act), (4, 3), call, "a row for each class with precision, recall and F1")


@pytest.mark.exercise("5.2")
def test_precision_looks_down_the_column_and_recall_along_the_row(box):
    """Class 0: 3 of the 4 images read as it are of it, and 3 of its 5 images were found."""

    def act(evaluator):
        matrix = torch.tensor([[3, 2], [1, 4]])  # rows: right classes
        return evaluator.precision_recall_f1(matrix)[:, :2]

    expected = torch.tensor([[3 / 4, 3 / 5], [4 / 6, 4 / 5]])
    assert_figures(box(act), expected, "precision and recall, precision_recall_f1([[3, 2], [1, 4]])[:, :2]")


@pytest.mark.exercise("5.2")
def test_f1_is_the_harmonic_mean(box):
    """Class 0: precision 1 and recall 1/10 give 2·1·0.1 / (1 + 0.1) = 0.18, not 0.55."""

    def act(evaluator):
        matrix = torch.tensor([[1, 9], [0, 90]])
        return evaluator.precision_recall_f1(matrix)[:, 2]

    expected = torch.tensor([2 / 11, 180 / 189])
    assert_figures(box(act), expected, "F1, precision_recall_f1([[1, 9], [0, 90]])[:, 2]")


@pytest.mark.exercise("5.2")
def test_a_class_that_is_never_guessed_scores_zero(box):
    """No image was read as class 0: its precision is 0 / 0, which counts as 0, and so is its F1."""

    def act(evaluator):
        return evaluator.precision_recall_f1(torch.tensor([[0, 2], [0, 2]]))

    expected = torch.tensor([[0, 0, 0], [1 / 2, 1, 2 / 3]])
    assert_figures(box(act), expected, "precision_recall_f1([[0, 2], [0, 2]])")


@pytest.mark.exercise("5.2")
def test_a_class_that_never_occurs_scores_zero(box):
    """Class 1 has no image, and no guess: everything is 0 / 0, which counts as 0."""

    def act(evaluator):
        return evaluator.precision_recall_f1(torch.tensor([[2, 0], [0, 0]]))

    assert_figures(box(act), torch.tensor([[1, 1, 1], [0, 0, 0]]), "precision_recall_f1([[2, 0], [0, 0]])")


@pytest.mark.exercise("5.2")
def test_the_matrix_is_left_as_it_was(box):
    """Whoever asks for the figures goes on with the matrix: it must hold the same counts afterwards."""

    def act(evaluator):
        matrix = torch.tensor([[3, 2, 0], [1, 4, 0], [0, 0, 0]])
        evaluator.precision_recall_f1(matrix)
        return matrix

    call = "matrix, after precision_recall_f1(matrix)"
    assert_same(box(act), torch.tensor([[3, 2, 0], [1, 4, 0], [0, 0, 0]]), call)


@pytest.mark.exercise("5.2")
@given(count=st.integers(1, 60), classes=st.integers(2, 6), seed=SEEDS)
def test_precision_recall_and_f1_agree_with_scikit_learn(box, count, classes, seed):
    """Random matrices, some with classes that are never guessed or never occur, which score 0."""
    labels, predicted = guesses(count, classes, seed)
    every = list(range(classes))
    matrix = torch.from_numpy(sklearn.metrics.confusion_matrix(labels, predicted, labels=every))

    def act(evaluator):
        return evaluator.precision_recall_f1(matrix)

    *expected, _ = sklearn.metrics.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    assert_figures(box(act), np.stack(expected, axis=1), f"precision_recall_f1({matrix.tolist()})")


# --- 5.3 average_metrics --------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.3")
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_an_average_is_three_figures(box, average):
    """Precision, recall and F1, over all classes: shape (3,)."""

    def act(evaluator):
        return evaluator.average_metrics(torch.eye(4, dtype=torch.int64), average)

    call = f"average_metrics(torch.eye(4, dtype=torch.int64), {average!r})"
    assert_shape(box(act), (3,), call, "precision, recall and F1")


@pytest.mark.exercise("5.3")
def test_in_the_macro_average_every_class_counts_the_same(box):
    """Class 0 has precision 1 and F1 16/17, class 1 has 1/2 and 2/3: their means are 0.75 and 0.804."""

    def act(evaluator):
        matrix = torch.tensor([[80, 10], [0, 10]])  # 90 images of class 0, 10 of class 1
        return evaluator.average_metrics(matrix, "macro")

    assert_figures(
        box(act),
        torch.tensor([(1 + 1 / 2) / 2, (8 / 9 + 1) / 2, (16 / 17 + 2 / 3) / 2]),
        'average_metrics([[80, 10], [0, 10]], "macro")',
    )


@pytest.mark.exercise("5.3")
def test_in_the_micro_average_every_image_counts_the_same(box):
    """90 of 100 images are read rightly: precision, recall and F1 are 0.9."""

    def act(evaluator):
        matrix = torch.tensor([[80, 10], [0, 10]])  # 90 images of class 0, 10 of class 1
        return evaluator.average_metrics(matrix, "micro")

    assert_figures(box(act), torch.tensor([0.9, 0.9, 0.9]), 'average_metrics([[80, 10], [0, 10]], "micro")')


@pytest.mark.exercise("5.3")
def test_in_the_weighted_average_a_class_counts_by_its_images(box):
    """Class 0 counts 90 times (1, 8/9 and 16/17), class 1 counts 10 times (1/2, 1 and 2/3)."""

    def act(evaluator):
        matrix = torch.tensor([[80, 10], [0, 10]])  # 90 images of class 0, 10 of class 1
        return evaluator.average_metrics(matrix, "weighted")

    expected = torch.tensor([0.9 * 1 + 0.1 * 1 / 2, 0.9 * 8 / 9 + 0.1 * 1, 0.9 * 16 / 17 + 0.1 * 2 / 3])
    assert_figures(box(act), expected, 'average_metrics([[80, 10], [0, 10]], "weighted")')


@pytest.mark.exercise("5.3")
def test_a_class_that_never_occurs_lowers_the_macro_average(box):
    """Class 0 is perfect, class 1 has no images and scores 0: the macro average is 1/2."""

    def act(evaluator):
        return evaluator.average_metrics(torch.tensor([[5, 0], [0, 0]]), "macro")

    assert_figures(box(act), torch.tensor([0.5, 0.5, 0.5]), 'average_metrics([[5, 0], [0, 0]], "macro")')


@pytest.mark.exercise("5.3")
@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
@given(count=st.integers(1, 60), classes=st.integers(2, 6), seed=SEEDS)
@settings(max_examples=15)
def test_averages_agree_with_scikit_learn(box, average, count, classes, seed):
    """Random matrices, some with classes that are never guessed or never occur."""
    labels, predicted = guesses(count, classes, seed)
    every = list(range(classes))
    matrix = torch.from_numpy(sklearn.metrics.confusion_matrix(labels, predicted, labels=every))

    def act(evaluator):
        return evaluator.average_metrics(matrix, average)

    *expected, _ = sklearn.metrics.precision_recall_fscore_support(
        labels, predicted, labels=every, average=average, zero_division=0
    )
    assert_figures(box(act), np.array(expected), f"average_metrics({matrix.tolist()}, {average!r})")


# --- 5.4 worst_mistakes ---------------------------------------------------------------------------------------------------


def assert_positions(got, expected, call):
    """Fail unless these positions came back, in this order."""
    __tracebackhide__ = True
    got = np.asarray(got).tolist()
    assert got == expected, f"{call}\n  gave      {got}\n  expected  {expected}"


@pytest.mark.exercise("5.4")
def test_positions_are_a_list_of_whole_numbers(box):
    """A list of plain ints, with which one can ask for images, and which can be saved."""

    def act(evaluator):
        found = evaluator.worst_mistakes(evaluation((0, 0, 0), (0, 1, 1), (0.9, 0.6, 0.8)))
        return [type(found).__name__, *sorted({type(position).__name__ for position in found})]

    kinds_of_it = box(act)
    told = f"a {kinds_of_it[0]} of {' and '.join(kinds_of_it[1:]) or 'nothing'}"
    assert kinds_of_it == ["list", "int"], f"worst_mistakes(…) gave {told}, expected a list of int: of a tensor, take .tolist()"


@pytest.mark.exercise("5.4")
def test_the_worst_mistakes_come_first_and_right_answers_not_at_all(box):
    """Image 0 is read rightly, however sure the model is; of the others it was surest of image 2."""

    def act(evaluator):
        labels, predicted, confidences = (0, 0, 0, 0), (0, 1, 1, 2), (0.99, 0.6, 0.9, 0.8)
        return evaluator.worst_mistakes(evaluation(labels, predicted, confidences))

    assert_positions(box(act), [2, 3, 1], "worst_mistakes of labels 0 0 0 0, guesses 0 1 1 2, confidences 0.99 0.6 0.9 0.8")


@pytest.mark.exercise("5.4")
def test_no_more_mistakes_than_asked_for(box):
    """Of three mistakes, `count=2` gives the two most confident.

    The sure right answers take no place away.
    """

    def act(evaluator):
        labels, predicted, confidences = (0, 1, 2, 0, 1), (0, 1, 0, 1, 2), (0.99, 0.98, 0.5, 0.7, 0.6)
        return evaluator.worst_mistakes(evaluation(labels, predicted, confidences), count=2)

    call = "worst_mistakes(…, count=2) of labels 0 1 2 0 1, guesses 0 1 0 1 2, confidences 0.99 0.98 0.5 0.7 0.6"
    assert_positions(box(act), [3, 4], call)


@pytest.mark.exercise("5.4")
def test_mistakes_of_equal_confidence_are_all_there(box):
    """The model was equally sure of images 1 and 3, and surest of image 2: 2 first, then 1 and 3 in any order."""

    def act(evaluator):
        labels, predicted, confidences = (0, 0, 0, 0, 0), (0, 1, 1, 2, 0), (0.8, 0.8, 0.9, 0.8, 0.9)
        return evaluator.worst_mistakes(evaluation(labels, predicted, confidences))

    got = np.asarray(box(act)).tolist()
    call = "worst_mistakes of labels 0 0 0 0 0, guesses 0 1 1 2 0, confidences 0.8 0.8 0.9 0.8 0.9"
    assert got in ([2, 1, 3], [2, 3, 1]), f"{call}\n  gave      {got}\n  expected  [2, 1, 3] or [2, 3, 1]"


@pytest.mark.exercise("5.4")
def test_without_mistakes_there_are_no_positions(box):
    """All images are read rightly: an empty list."""

    def act(evaluator):
        return evaluator.worst_mistakes(evaluation((0, 1, 2), (0, 1, 2), (0.9, 0.8, 0.7)))

    assert_positions(box(act), [], "worst_mistakes of three images that are read rightly")


@pytest.mark.exercise("5.4")
@given(images=st.integers(1, 40), count=st.integers(1, 10), seed=SEEDS)
def test_the_worst_mistakes_of_random_guesses(box, images, count, seed):
    """Random guesses with confidences that all differ."""
    labels, predicted = (column.tolist() for column in guesses(images, 3, seed))
    confidences = torch.linspace(0.34, 1, images)[torch.randperm(images, generator=torch.Generator().manual_seed(seed))].tolist()

    def act(evaluator):
        return evaluator.worst_mistakes(evaluation(labels, predicted, confidences), count)

    from_high_to_low = np.argsort(confidences)[::-1].tolist()
    expected = [at for at in from_high_to_low if labels[at] != predicted[at]][:count]
    call = [
        f"worst_mistakes(…, count={count}) of",
        f"  labels       {labels}",
        f"  guesses      {predicted}",
        f"  confidences  {[round(value, 3) for value in confidences]}",
    ]
    assert_positions(box(act), expected, "\n".join(call))


# --- 5.5 roc_curve --------------------------------------------------------------------------------------------------------


def distances(points, corners):
    """How far each point lies from the nearest straight piece between the corners."""
    starts, steps = corners[:-1], np.diff(corners, axis=0)
    offsets = points[:, None] - starts  # (points, pieces, 2)
    along = ((offsets * steps).sum(axis=2) / (steps**2).sum(axis=1).clip(1e-30)).clip(0, 1)
    return np.linalg.norm(offsets - along[..., None] * steps, axis=2).min(axis=1)


def assert_same_curve(got, expected, call):
    """Fail unless a `RocCurve` runs through these (false positive rate, true positive rate) points, and nowhere else."""
    __tracebackhide__ = True
    expected = np.array(expected, dtype=float)
    shown = f"{call}\n  expected  {_points(expected)}"
    assert isinstance(got, dict), f"{shown}\n  gave      {got!r}, and not a RocCurve"
    curve = np.column_stack([np.array(got[name], dtype=float) for name in ("false_positive_rate", "true_positive_rate")])
    shown = f"{call}\n  gave      {_points(curve)}\n  expected  {_points(expected)}\n  (false positive rate, true positive rate)"
    assert len(curve) >= 2, f"{shown}\n  a curve has at least two points"
    assert np.allclose(curve[[0, -1]], [[0, 0], [1, 1]]), f"{shown}\n  the curve must begin at (0, 0) and end at (1, 1)"
    assert (np.diff(curve, axis=0) > -1e-6).all(), f"{shown}\n  the curve must go up and to the right only"
    missed, extra = distances(expected, curve) > 1e-5, distances(curve, expected) > 1e-5
    assert not missed.any(), f"{shown}\n  it misses {_points(expected[missed])}"
    assert not extra.any(), f"{shown}\n  it should not pass {_points(curve[extra])}"


def _points(points):
    """The first eight points as text."""
    text = " ".join(f"({x:.4g}, {y:.4g})" for x, y in points[:8])
    return text if len(points) <= 8 else f"{text} … ({len(points)} points)"


def scored(count, seed):
    """Positives and scores in quarters, so that many are equal; at least one of each kind."""
    generator = torch.Generator().manual_seed(seed)
    positive = torch.rand(count, generator=generator) < 0.4
    positive[0], positive[1] = True, False
    scores = ((torch.randn(count, generator=generator) + positive.float()) * 4).round() / 4
    return positive, scores


@pytest.mark.exercise("5.5")
def test_a_curve_goes_up_for_positives_and_right_for_negatives(box):
    """From the highest score: positive, negative, positive, negative. Up, right, up, right."""

    def act(evaluator):
        positive, scores = torch.tensor([True, False, True, False]), torch.tensor([0.9, 0.8, 0.7, 0.1])
        return plain(evaluator.roc_curve(positive, scores))

    points = [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    assert_same_curve(box(act), points, "roc_curve([True, False, True, False], [0.9, 0.8, 0.7, 0.1])")


@pytest.mark.exercise("5.5")
def test_the_area_of_a_curve_computed_by_hand(box):
    """Two columns of width 1/2 under that curve, 1/2 and 1 high: 3/4.

    In whichever order the images come.
    """

    def act(evaluator):
        positive, scores = torch.tensor([False, True, False, True]), torch.tensor([0.8, 0.7, 0.1, 0.9])
        return evaluator.roc_curve(positive, scores).auc

    assert_same(box(act), 0.75, "roc_curve([False, True, False, True], [0.8, 0.7, 0.1, 0.9]).auc")


@pytest.mark.exercise("5.5")
def test_the_area_of_a_model_that_is_worse_than_luck(box):
    """The only negative has the highest score, above three positives: the curve goes right, then up, and its area is 0."""

    def act(evaluator):
        return plain(evaluator.roc_curve(torch.tensor([False, True, True, True]), torch.tensor([0.9, 0.8, 0.7, 0.1])))

    curve, call = box(act), "roc_curve([False, True, True, True], [0.9, 0.8, 0.7, 0.1])"
    assert_same_curve(curve, [(0, 0), (1, 0), (1, 1)], call)
    assert_same(curve["auc"], 0.0, f"{call}.auc")


@pytest.mark.exercise("5.5")
@pytest.mark.parametrize("positive", [(True, True, False, False), (False, False, True, True)], ids=["first", "last"])
def test_equal_scores_are_one_slanted_step(box, positive):
    """If all scores are equal, the curve is the diagonal, whichever images come first.

    Such a model knows nothing.
    """

    def act(evaluator):
        return plain(evaluator.roc_curve(torch.tensor(positive), torch.full((4,), 0.5)))

    call = f"roc_curve({list(positive)}, [0.5, 0.5, 0.5, 0.5])"
    curve = box(act)
    assert_same_curve(curve, [(0, 0), (1, 1)], call)
    assert_same(curve["auc"], 0.5, f"{call}.auc")


@pytest.mark.exercise("5.5")
def test_one_tie_in_the_middle(box):
    """A positive and a negative share the score 0.6: from (0, 1/2) straight to (1/2, 1)."""

    def act(evaluator):
        positive, scores = torch.tensor([True, True, False, False]), torch.tensor([0.9, 0.6, 0.6, 0.2])
        return plain(evaluator.roc_curve(positive, scores))

    curve, call = box(act), "roc_curve([True, True, False, False], [0.9, 0.6, 0.6, 0.2])"
    assert_same_curve(curve, [(0, 0), (0, 0.5), (0.5, 1), (1, 1)], call)
    assert_same(curve["auc"], 7 / 8, f"{call}.auc")


@pytest.mark.exercise("5.5")
def test_a_curve_holds_plain_numbers(box):
    """The rates and the area are plain floats: tensors, and numpy's numbers, cannot be saved as JSON."""

    def act(evaluator):
        return kinds(evaluator.roc_curve(torch.tensor([True, False, True, False]), torch.tensor([0.9, 0.8, 0.7, 0.1])))

    allowed = ("float", "int")
    expected = {"false_positive_rate": allowed, "true_positive_rate": allowed, "auc": allowed}
    assert_plain_numbers(box(act), expected, "roc_curve([True, False, True, False], [0.9, 0.8, 0.7, 0.1])")


@pytest.mark.exercise("5.5")
def test_only_the_order_of_the_scores_matters(box):
    """Scores of 1 to 6 give the same curve as their thousandths, their billionths, and their exponentials.

    Thresholds are no fixed grid, and scores in float64 are not rounded to float32.
    """
    positive, scores = torch.tensor([False, True, False, True, True, False]), torch.tensor([1.0, 2, 3, 4, 5, 6])
    scales = {"scores": scores, "scores / 1000": scores / 1000, "scores.exp()": scores.exp(), "scores - 10": scores - 10}
    scales["scores / 1e9"] = scores / 1e9  # as the probabilities of a class that the model hardly ever thinks of
    scales["1 + scores.double() / 1e12"] = 1 + scores.double() / 1e12  # as those of one of which it is nearly certain

    def act(evaluator):
        return {name: plain(evaluator.roc_curve(positive, values)) for name, values in scales.items()}

    points = [(0, 0), (1 / 3, 0), (1 / 3, 2 / 3), (2 / 3, 2 / 3), (2 / 3, 1), (1, 1)]
    for name, curve in box(act).items():
        assert_same_curve(curve, points, f"roc_curve(positive, {name}), where scores = [1, 2, 3, 4, 5, 6]")


@pytest.mark.exercise("5.5")
@given(count=st.integers(2, 60), seed=SEEDS)
def test_the_area_is_the_share_of_pairs_in_the_right_order(box, count, seed):
    """AUC: of all pairs of a positive and a negative, how many the positive wins; a tie counts half."""
    positive, scores = scored(count, seed)

    def act(evaluator):
        return evaluator.roc_curve(positive, scores).auc

    above = scores[positive].unsqueeze(1) - scores[~positive]  # every positive beside every negative
    expected = ((above > 0).double() + (above == 0).double() / 2).mean().item()
    assert_same(box(act), expected, f"roc_curve({positive.tolist()}, {scores.tolist()}).auc")


@pytest.mark.exercise("5.5")
@given(count=st.integers(2, 60), seed=SEEDS)
def test_curves_agree_with_scikit_learn(box, count, seed):
    """Random scores, many of them equal: the same curve as scikit-learn's."""
    positive, scores = scored(count, seed)

    def act(evaluator):
        return plain(evaluator.roc_curve(positive, scores))

    x, y, _ = sklearn.metrics.roc_curve(positive, scores, drop_intermediate=False)
    assert_same_curve(box(act), np.column_stack([x, y]), f"roc_curve({positive.tolist()}, {scores.tolist()})")


@pytest.mark.exercise("5.5")
def test_the_curve_of_real_digits(box):
    """Which of 500 real digits are an 8, scored by the distance from each class's mean."""
    labels, _, probabilities = real_digits()
    positive, scores = labels == 8, probabilities[:, 8]

    def act(evaluator):
        return plain(evaluator.roc_curve(positive, scores))

    curve, call = box(act), "roc_curve(labels == 8, probabilities[:, 8])"
    x, y, _ = sklearn.metrics.roc_curve(positive, scores, drop_intermediate=False)
    assert_same_curve(curve, np.column_stack([x, y]), call)
    assert_same(curve["auc"], sklearn.metrics.roc_auc_score(positive, scores), f"{call}.auc")


# --- 5.6 calibration ------------------------------------------------------------------------------------------------------


def assert_bin(got, expected, call):
    """Fail unless a `CalibrationBin` has this count, confidence and accuracy."""
    __tracebackhide__ = True
    names = ("count", "confidence", "accuracy")
    values = {name: got.get(name) for name in names} if isinstance(got, dict) else got
    wanted = dict(zip(names, expected, strict=True))
    same = isinstance(values, dict) and all(
        values[name] is None
        if wanted[name] is None
        else values[name] is not None and math.isclose(float(values[name]), wanted[name], abs_tol=1e-6)
        for name in names
    )
    assert same, f"{call}\n  gave      {values}\n  expected  {wanted}"


@pytest.mark.exercise("5.6")
def test_a_bin_sets_accuracy_beside_confidence(box):
    """In the bin from 0.8 to 0.9 are three images, 0.84 sure on average, and two of them are right."""

    def act(evaluator):
        confidence = torch.tensor([0.82, 0.55, 0.83, 0.87, 0.97], dtype=torch.float64)
        correct = torch.tensor([True, False, False, True, True])
        return plain(evaluator.calibration_bin(confidence, correct, 0.8, 0.9))

    call = "calibration_bin([0.82, 0.55, 0.83, 0.87, 0.97], [right, wrong, wrong, right, right], 0.8, 0.9)"
    assert_bin(box(act), (3, 0.84, 2 / 3), call)


@pytest.mark.exercise("5.6")
def test_a_bin_holds_its_upper_edge_and_not_its_lower_one(box):
    """(0.5, 1]: an image that is 0.5 sure is in the bin below, one that is 1 sure is in this one."""

    def act(evaluator):
        confidence, correct = torch.tensor([0.5, 1.0], dtype=torch.float64), torch.tensor([False, True])
        return [plain(evaluator.calibration_bin(confidence, correct, lower, lower + 0.5)) for lower in (0.0, 0.5)]

    lower, upper = box(act)
    assert_bin(lower, (1, 0.5, 0), "calibration_bin([0.5, 1.0], [wrong, right], lower=0, upper=0.5)")
    assert_bin(upper, (1, 1, 1), "calibration_bin([0.5, 1.0], [wrong, right], lower=0.5, upper=1)")


@pytest.mark.exercise("5.6")
def test_an_empty_bin_has_no_means(box):
    """No image is between 0.1 and 0.2 sure: count 0, and None for the rest, not NaN."""

    def act(evaluator):
        confidence, correct = torch.tensor([0.7, 0.9], dtype=torch.float64), torch.tensor([True, False])
        return plain(evaluator.calibration_bin(confidence, correct, 0.1, 0.2))

    assert_bin(box(act), (0, None, None), "calibration_bin([0.7, 0.9], [right, wrong], 0.1, 0.2)")


@pytest.mark.exercise("5.6")
def test_a_bin_holds_plain_numbers(box):
    """The count is an int, the means are floats: tensors, or numpy's numbers, cannot be saved as JSON."""

    def act(evaluator):
        confidence, correct = torch.tensor([0.7, 0.9], dtype=torch.float64), torch.tensor([True, False])
        return kinds(evaluator.calibration_bin(confidence, correct, 0.5, 1.0))

    expected = {"count": ("int",), "confidence": ("float", "int"), "accuracy": ("float", "int")}
    assert_plain_numbers(box(act), expected, "calibration_bin([0.7, 0.9], [right, wrong], 0.5, 1.0)")


def bins_of(figures):
    """Bins with these (count, confidence, accuracy), from 0 up."""
    return tuple(
        CalibrationBin(
            lower=at / len(figures), upper=(at + 1) / len(figures), count=count, confidence=confidence, accuracy=accuracy
        )
        for at, (count, confidence, accuracy) in enumerate(figures)
    )


@pytest.mark.exercise("5.6")
def test_the_error_weighs_bins_by_their_images(box):
    """90 images that are 0.1 off and 10 that are 0.5 off: 0.9 · 0.1 + 0.1 · 0.5 = 0.14."""

    def act(evaluator):
        bins = bins_of([(10, 0.3, 0.8), (90, 0.9, 0.8)])  # count, confidence, accuracy
        return evaluator.expected_calibration_error(bins)

    assert_same(box(act), 0.14, "expected_calibration_error of bins with 10 and 90 images, 0.5 and 0.1 off")


@pytest.mark.exercise("5.6")
def test_too_sure_and_too_unsure_do_not_cancel(box):
    """50 images that are 0.2 too sure and 50 that are 0.2 too unsure: 0.2, not 0."""

    def act(evaluator):
        bins = bins_of([(50, 0.4, 0.6), (50, 0.8, 0.6)])
        return evaluator.expected_calibration_error(bins)

    assert_same(box(act), 0.2, "expected_calibration_error of two bins with 50 images each, 0.2 below and 0.2 above")


@pytest.mark.exercise("5.6")
def test_empty_bins_do_not_count(box):
    """One bin of four has images, and is 0.25 off: the error is 0.25."""

    def act(evaluator):
        bins = bins_of([(0, None, None), (0, None, None), (0, None, None), (8, 1.0, 0.75)])
        return evaluator.expected_calibration_error(bins)

    assert_same(box(act), 0.25, "expected_calibration_error of three empty bins and one that is 0.25 off")


@pytest.mark.exercise("5.6")
def test_the_error_is_a_plain_number(box):
    """The error is a float: a tensor, or one of numpy's numbers, cannot be saved as JSON."""

    def act(evaluator):
        bins = bins_of([(10, 0.3, 0.8), (90, 0.9, 0.8)])
        return {"the error": kinds(evaluator.expected_calibration_error(bins))}

    call = "expected_calibration_error of bins with 10 and 90 images"
    assert_plain_numbers(box(act), {"the error": ("float", "int")}, call)


@pytest.mark.exercise("5.6")
@given(count=st.integers(1, 200), bins=st.integers(1, 12), seed=SEEDS)
def test_calibration_of_random_probabilities(box, count, bins, seed):
    """Bins and error together, beside a plain loop over the images."""
    generator = torch.Generator().manual_seed(seed)
    probabilities = (2 * torch.randn(count, 3, generator=generator, dtype=torch.float64)).softmax(dim=1)
    labels = torch.randint(3, (count,), generator=generator)

    def act(evaluator):
        found = evaluator.calibration(probabilities, labels, bins)
        return found.expected_calibration_error, [plain(each) for each in found.bins]

    members = [[] for _ in range(bins)]
    for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True):
        members[math.ceil(max(row) * bins) - 1].append((max(row), row.index(max(row)) == label))
    means = [np.mean(each, axis=0) if each else (None, None) for each in members]
    expected = sum(len(each) / count * abs(mean[0] - mean[1]) for each, mean in zip(members, means, strict=True) if each)
    error, found = box(act)
    for at, (each, mean) in enumerate(zip(members, means, strict=True)):
        assert_bin(found[at], (len(each), *mean), f"bin {at} of calibration(probabilities, labels, bins={bins}), {count} images")
    assert_same(error, expected, f"expected_calibration_error of {count} images in {bins} bins")


@pytest.mark.exercise("5.6")
def test_the_calibration_error_of_real_digits(box):
    """500 real digits, read by a model that is right far more often than it thinks."""
    labels, predicted, probabilities = real_digits()

    def act(evaluator):
        return evaluator.calibration(probabilities, labels, bins=15).expected_calibration_error

    confidence, correct = probabilities.amax(dim=1).numpy(), (predicted == labels).numpy()
    member = np.ceil(confidence * 15).astype(int)
    off = [abs(correct[member == at].mean() - confidence[member == at].mean()) * (member == at).mean() for at in set(member)]
    assert_same(box(act), float(sum(off)), "calibration(probabilities, labels, bins=15).expected_calibration_error")


# --- 5.7 choose_on_validation ---------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.7")
def test_validation_chooses_whatever_the_test_says(box):
    """Model b is better on validation, a on the test set, which has no say: b is chosen."""

    def act(evaluator):
        results = {"a": model("a", [0.90], 0.97), "b": model("b", [0.92], 0.91)}  # validation per epoch, test
        return evaluator.choose_on_validation(results)

    chosen = box(act)
    assert chosen == "b", f"choose_on_validation gave {chosen!r}, expected 'b': 0.92 on validation beside a's 0.90"


@pytest.mark.exercise("5.7")
def test_the_best_epoch_counts_not_the_last(box):
    """Model a was at 0.95 in its best epoch, whose weights were kept; b never was so good.

    Although b ends higher.
    """

    def act(evaluator):
        results = {"a": model("a", [0.80, 0.95, 0.85], 0.9), "b": model("b", [0.70, 0.80, 0.90], 0.9)}
        return evaluator.choose_on_validation(results)

    chosen = box(act)
    assert chosen == "a", f"choose_on_validation gave {chosen!r}, expected 'a': its best epoch reached 0.95, b's 0.90"


@pytest.mark.exercise("5.7")
def test_models_that_were_not_trained_are_not_chosen(box):
    """Model a failed before its first epoch and has no history: it is not chosen.

    Without any trained model there is no choice.
    """

    def act(evaluator):
        results = {"a": model("a"), "b": model("b", [0.5], 0.5)}
        return evaluator.choose_on_validation(results), evaluator.choose_on_validation({"a": model("a")})

    chosen, none = box(act)
    assert chosen == "b", f"choose_on_validation gave {chosen!r}, expected 'b': a has no history, because it was not trained"
    assert none is None, f"choose_on_validation without a trained model gave {none!r}, expected None"


@pytest.mark.exercise("5.7")
def test_an_accuracy_of_0_is_an_accuracy(box):
    """The only trained model read nothing rightly, on validation and on the test set: it is chosen, and its 0 is reported."""

    def act(evaluator):
        results = {"a": model("a"), "b": model("b", [0.0], 0.0)}
        return evaluator.choose_on_validation(results), evaluator.accuracy_to_report(results)

    chosen, reported = box(act)
    assert chosen == "b", f"choose_on_validation gave {chosen!r}, expected 'b': it was trained, and reached 0.0 on validation"
    assert reported is not None, "accuracy_to_report gave None, expected ('b', 0.0): b was tested, and reached 0.0"
    assert tuple(reported) == ("b", 0.0), f"accuracy_to_report gave {reported!r}, expected ('b', 0.0)"


@pytest.mark.exercise("5.7")
def test_the_chosen_model_is_reported_with_its_test_accuracy(box):
    """Model b is chosen on validation, so the figure to publish is its 0.91 on the test set.

    Although a reaches 0.97 there.
    """

    def act(evaluator):
        results = {"a": model("a", [0.90], 0.97), "b": model("b", [0.92], 0.91)}
        return evaluator.accuracy_to_report(results)

    reported = box(act)
    expected = "expected ('b', 0.91): the model that validation chose, and what it reaches on the test set"
    assert reported is not None, f"accuracy_to_report gave None, {expected}"
    assert tuple(reported) == ("b", 0.91), f"accuracy_to_report gave {reported!r}, {expected}"


@pytest.mark.exercise("5.7")
def test_nothing_is_reported_without_a_test(box):
    """The chosen model was not tested: None, and not the accuracy of another one.

    Nor is there a report of nothing.
    """

    def act(evaluator):
        untested = {"a": model("a", [0.90], 0.97), "b": model("b", [0.92])}
        return evaluator.accuracy_to_report(untested), evaluator.accuracy_to_report({})

    untested, nothing = box(act)
    assert untested is None, f"accuracy_to_report gave {untested!r}, expected None: b is chosen, and was not tested"
    assert nothing is None, f"accuracy_to_report without models gave {nothing!r}, expected None"


@pytest.mark.exercise("5.7")
@given(epochs=st.integers(1, 5), models=st.integers(1, 6), seed=SEEDS)
def test_choice_and_report_of_random_models(box, epochs, models, seed):
    """Random validation and test accuracies, all different."""
    generator = np.random.default_rng(seed)
    validation, test = generator.random((models, epochs)).tolist(), generator.random(models).tolist()

    def act(evaluator):
        results = {f"model {at}": model(f"model {at}", validation[at], test[at]) for at in range(models)}
        return evaluator.choose_on_validation(results), evaluator.accuracy_to_report(results)

    best = int(np.argmax(np.max(validation, axis=1)))
    chosen, reported = box(act)
    given_accuracies = f"validation accuracies per epoch {np.round(validation, 3).tolist()}, test {np.round(test, 3).tolist()}"
    assert chosen == f"model {best}", f"choose_on_validation gave {chosen!r}, expected 'model {best}': {given_accuracies}"
    expected = (f"model {best}", test[best])
    assert reported is not None, f"accuracy_to_report gave None, expected {expected}: {given_accuracies}"
    assert tuple(reported) == expected, f"accuracy_to_report gave {reported!r}, expected {expected}: {given_accuracies}"


# --- 5.8 bootstrap_interval -----------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.8")
def test_the_interval_has_the_width_of_the_normal_approximation(box):
    """900 of 1,000 right: 0.9 ± 1.96 · √(0.9 · 0.1 / 1000), which is 0.8814 … 0.9186."""

    def act(evaluator):
        return evaluator.bootstrap_interval(torch.arange(1000) < 900)

    low_and_high = box(act)
    assert_same(list(low_and_high), [0.8814, 0.9186], "bootstrap_interval of 900 times 1 and 100 times 0", tolerance=0.003)


@pytest.mark.exercise("5.8")
def test_values_that_are_all_equal_have_no_width(box):
    """All right: whichever images one draws, the mean is 1."""

    def act(evaluator):
        return evaluator.bootstrap_interval(torch.ones(10))

    assert_same(list(box(act)), [1.0, 1.0], "bootstrap_interval(torch.ones(10))")


@pytest.mark.exercise("5.8")
def test_few_and_uneven_values_have_an_uneven_interval(box):
    """Seven 0 and one 1: means lie between 0 and 0.375, never below 0, and further above 0.125 than below.

    An eighth of the draws is 1, so k of 8 are 1 in 34, 39, 20, 6 and 1 % of all draws, for k = 0, 1, 2, 3 and 4. The middle 95 %
    go from k = 0 to k = 3. Mean ± 1.96 standard deviations would reach below 0, where no mean can be.
    """

    def act(evaluator):
        return evaluator.bootstrap_interval(torch.tensor([0.0, 0, 0, 0, 0, 0, 0, 1]))

    assert_same(list(box(act)), [0.0, 0.375], "bootstrap_interval([0, 0, 0, 0, 0, 0, 0, 1])")


@pytest.mark.exercise("5.8")
def test_the_seed_alone_decides(box):
    """The same seed gives the same interval, whatever was drawn before; another seed, another one."""
    values = torch.from_numpy(np.random.default_rng(5).gamma(2.0, size=30))

    def act(evaluator):
        intervals = []
        for elsewhere, seed in ((1, 3), (2, 3), (2, 4)):
            torch.manual_seed(elsewhere)
            np.random.seed(elsewhere)
            random.seed(elsewhere)
            intervals.append(list(evaluator.bootstrap_interval(values, seed=seed)))
        return intervals

    first, again, other = box(act)
    call = "bootstrap_interval(values, seed=3), first after torch.manual_seed(1), then after torch.manual_seed(2)"
    assert_same(again, first, f"{call}\n  must be the same: draw with `generator`", tolerance=1e-9)
    assert other != again, f"bootstrap_interval(values, seed=4) gave {other}, as seed=3 did: another seed must draw other images"


@pytest.mark.exercise("5.8")
def test_the_global_generators_are_left_alone(box):
    """Numbers that somebody draws are the same with and without an interval before: PyTorch's, NumPy's and Python's."""

    def act(evaluator):
        drawn = []
        for with_interval in (False, True):
            torch.manual_seed(1)
            np.random.seed(1)
            random.seed(1)
            if with_interval:
                evaluator.bootstrap_interval(torch.arange(10) < 8, seed=3)
            drawn.append([torch.rand(()).item(), np.random.rand(), random.random()])
        return drawn

    without, after = box(act)
    changed = [name for name, one, other in zip(("torch", "numpy.random", "random"), without, after, strict=True) if one != other]
    assert not changed, (
        f"after bootstrap_interval(values, seed=3), {' and '.join(changed)} draws other numbers than without it: seed and use a "
        "generator of your own, such as `generator`, not the one that all share"
    )


@pytest.mark.exercise("5.8")
def test_the_ends_are_plain_numbers(box):
    """The interval is two floats: tensors, and numpy's numbers, cannot be saved as JSON."""

    def act(evaluator):
        return {"the interval": kinds(evaluator.bootstrap_interval(torch.arange(10) < 8))}

    assert_plain_numbers(box(act), {"the interval": ("float",)}, "bootstrap_interval of 8 times 1 and 2 times 0")


@pytest.mark.exercise("5.8")
def test_four_times_the_images_halve_the_width(box):
    """Luck shrinks with the root of the number of images: 100 and 400 images, 80 % right."""

    def act(evaluator):
        return [evaluator.bootstrap_interval(torch.arange(count) < 0.8 * count) for count in (100, 400)]

    few, many = (high - low for low, high in box(act))
    assert few > 0, f"the interval of 100 images, 80 of them right, has the width {few}: there is more luck than that"
    assert 0.4 < many / few < 0.6, f"400 images gave {many / few:.2f} times the width of 100 images, expected about 0.50"


@pytest.mark.exercise("5.8")
def test_intervals_agree_with_scipy(box):
    """Eight random sets of values: on average the same ends as SciPy's bootstrap.

    Within 5 % of the width of its percentile bootstrap.
    """
    generator = np.random.default_rng(0)
    sets = [generator.gamma(2.0, size=60) for _ in range(8)]

    def act(evaluator):
        return [evaluator.bootstrap_interval(torch.from_numpy(values)) for values in sets]

    low, high = np.array(box(act)).T
    theirs = [
        scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
        for values in sets
    ]
    their_low, their_high = np.array(theirs).T
    width = their_high - their_low
    for name, ends, their_ends in (("lower", low, their_low), ("upper", high, their_high)):
        off = float(((ends - their_ends) / width).mean())
        assert abs(off) < 0.05, f"your {name} ends lie {off:+.0%} of the width from SciPy's, expected less than 5 %"
