"""Evaluation on inputs that nobody can know beforehand; each test draws several cases, so that no luck of one key decides."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
import torch

from grading.runtime.messages import assert_same
from handwriting_workshop.results import (
    AverageMetrics,
    Calibration,
    CalibrationBin,
    EvaluationResult,
    History,
    ModelResult,
)


def whole(draw, low, high):
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def share(draw, low=0.0, high=1.0):
    """A number between `low` and `high`."""
    return low + (high - low) * float(torch.rand((), generator=draw, dtype=torch.float64))


def matrix_of(draw):
    """A confusion matrix of some classes, one never guessed, one that never occurs, and hits of all shares."""
    classes = whole(draw, 4, 12)
    matrix = torch.randint(0, whole(draw, 4, 60), (classes, classes), generator=draw)
    matrix.diagonal().add_(torch.randint(1, 80, (classes,), generator=draw))
    never_guessed, never_there, *_ = torch.randperm(classes, generator=draw).tolist()
    matrix[:, never_guessed] = 0
    matrix[never_there] = 0
    return matrix


def evaluation(labels, predicted, confidences, accuracy=0.0):
    """An `EvaluationResult` that knows each image's label, guess and confidence, and nothing else."""
    none = AverageMetrics(precision=0.0, recall=0.0, f1=0.0)
    return EvaluationResult(
        classes=tuple("abcdefghij"),
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


def model(name, val_accuracy, test_accuracy):
    """A model with these validation accuracies, one per epoch (none: not trained), and this test accuracy (None: not tested)."""
    best, figures = 1 + max(range(len(val_accuracy)), key=lambda at: val_accuracy[at], default=-1), tuple(val_accuracy)
    return ModelResult(
        name=name,
        type="simple_cnn",
        history=History(val_accuracy=figures, val_loss=figures, best_epoch=best) if figures else None,  # the worst loss is best
        evaluation=None if test_accuracy is None else evaluation((), (), (), test_accuracy),
    )


def plain(record):
    """A result as a dictionary."""
    return dict(record) if isinstance(record, Mapping) else record


# --- 5.1 confusion_matrix -------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.1")
def test_any_guesses_are_counted(box, draw, reference):
    """Labels and guesses drawn at random, some classes missing."""
    cases = []
    for _ in range(4):
        num_classes = whole(draw, 3, 14)
        labels, predicted = torch.randint(0, num_classes - 1, (2, whole(draw, 100, 400)), generator=draw)
        cases.append((labels, predicted, num_classes))
    cases.append((*torch.randint(0, 2, (2, whole(draw, 1200, 2000)), generator=draw), 2))  # more in a cell than a byte holds

    def act(evaluator):
        return [evaluator.confusion_matrix(labels, predicted, num_classes) for labels, predicted, num_classes in cases]

    for (labels, predicted, num_classes), got in zip(cases, box(act), strict=True):
        call = f"confusion_matrix(labels, predicted, {num_classes})"
        assert_same(got, reference.evaluator.confusion_matrix(labels, predicted, num_classes), call)


@pytest.mark.exercise("5.1")
def test_guesses_of_many_classes_are_counted_in_int64(box, draw, reference):
    """Asked for apart, so that numbers of another kind do not cost the test above as well."""
    labels, predicted = torch.randint(0, 40, (2, 500), generator=draw)

    def act(evaluator):
        return evaluator.confusion_matrix(labels, predicted, 40)

    got = box(act)
    kind = str(getattr(got, "dtype", type(got).__name__))
    assert kind.endswith("int64"), f"confusion_matrix(labels, predicted, 40) gave numbers of kind {kind}, expected torch.int64"
    assert_same(got, reference.evaluator.confusion_matrix(labels, predicted, 40), "confusion_matrix(labels, predicted, 40)")


# --- 5.2 precision_recall_f1 ----------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.2")
def test_figures_of_any_matrix(box, draw, reference):
    """Matrices drawn at random, with classes that are never guessed and classes that never occur."""
    matrices = [matrix_of(draw) for _ in range(6)]

    def act(evaluator):
        return [evaluator.precision_recall_f1(matrix) for matrix in matrices]

    for matrix, got in zip(matrices, box(act), strict=True):
        expected = reference.evaluator.precision_recall_f1(matrix)
        assert_same(got, expected, f"precision_recall_f1({matrix.tolist()})", tolerance=1e-4)


# --- 5.3 average_metrics --------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.3")
def test_averages_of_any_matrix(box, draw, reference):
    """All three averages of matrices drawn at random, some classes never guessed or never there."""
    matrices, averages = [matrix_of(draw) for _ in range(5)], ("macro", "weighted", "micro")

    def act(evaluator):
        return [[evaluator.average_metrics(matrix, average) for average in averages] for matrix in matrices]

    for matrix, figures in zip(matrices, box(act), strict=True):
        for average, got in zip(averages, figures, strict=True):
            expected = reference.evaluator.average_metrics(matrix, average)
            assert_same(got, expected, f"average_metrics({matrix.tolist()}, {average!r})", tolerance=1e-4)


# --- 5.4 worst_mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.4")
def test_worst_mistakes_of_any_guesses(box, draw):
    """Random labels, guesses and confidences, the latter all different; more mistakes than asked for, fewer, and none."""
    cases = []
    for at in range(8):
        images = whole(draw, 30, 120)
        labels, predicted = torch.randint(0, 10, (2, images), generator=draw)
        right = torch.rand(images, generator=draw) < (1.0 if at == 0 else share(draw, 0.2, 0.9))
        predicted = torch.where(right, labels, predicted)
        levels = (torch.arange(images) + 0.8 * torch.rand(images, generator=draw)) / images  # 0.2 of a step apart, or more
        least = 0.1 if at % 2 else 0.99  # a model that is sure of everything is so by small differences
        confidences = least + (1 - least) * levels[torch.randperm(images, generator=draw)]
        cases.append((labels.tolist(), predicted.tolist(), confidences.tolist(), whole(draw, 1, 40)))

    def act(evaluator):
        return [evaluator.worst_mistakes(evaluation(*columns), count) for *columns, count in cases]

    for (labels, predicted, confidences, count), got in zip(cases, box(act), strict=True):
        expected = [at for at in np.argsort(confidences)[::-1].tolist() if labels[at] != predicted[at]][:count]
        positions = np.asarray(got).tolist()
        assert positions == expected, f"worst_mistakes(…, count={count}) gave {positions}, expected {expected}"


# --- 5.5 roc_curve --------------------------------------------------------------------------------------------------------


def distances(points, corners):
    """How far each point lies from the nearest straight piece between the corners."""
    starts, steps = corners[:-1], np.diff(corners, axis=0)
    offsets = points[:, None] - starts  # (points, pieces, 2)
    along = ((offsets * steps).sum(axis=2) / (steps**2).sum(axis=1).clip(1e-30)).clip(0, 1)
    return np.linalg.norm(offsets - along[..., None] * steps, axis=2).min(axis=1)


def assert_same_curve(got, expected, call):
    """Fail unless a `RocCurve` runs through these (false positive rate, true positive rate) points, and nowhere else."""
    assert isinstance(got, dict), f"{call} gave {got!r}, and not a RocCurve"
    curve = np.column_stack([np.array(got[name], dtype=float) for name in ("false_positive_rate", "true_positive_rate")])
    assert len(curve) >= 2, f"{call}: a curve has at least two points"
    assert np.isfinite(curve).all(), f"{call}: not all points are numbers"
    assert np.allclose(curve[[0, -1]], [[0, 0], [1, 1]], atol=1e-5), f"{call} goes from {curve[0]} to {curve[-1]}"
    assert (np.diff(curve, axis=0) > -1e-6).all(), f"{call}: the curve must go up and to the right only"
    missed, extra = distances(expected, curve) > 1e-4, distances(curve, expected) > 1e-4
    assert not missed.any(), f"{call} misses {expected[missed].tolist()}"
    assert not extra.any(), f"{call} should not pass {curve[extra].tolist()}"


@pytest.mark.exercise("5.5")
def test_curves_of_any_scores(box, draw):
    """Random scores on random scales, some of them equal: the points of all thresholds, and the area."""
    cases = []
    for at in range(6):
        images = whole(draw, 30, 110)
        positive = torch.rand(images, generator=draw) < share(draw, 0.2, 0.6)
        positive[:2] = torch.tensor([True, False])
        levels = 1000 if at == 0 else whole(draw, 2, 40)  # many, so that nearly all differ; few, so that many are equal
        better = -1.0 if at == 1 else 1.0  # one model's scores are worse than none: its area is below 1/2
        numbers = ((0.7 * torch.randn(images, generator=draw) + better * positive.float()) * levels / 4).round()
        scale = share(draw, -9, -7) if at == 2 else share(draw, -3, 2)  # probabilities of a rare class differ by next to nothing
        scores = (numbers + whole(draw, -50, 50)) * 10**scale
        order = torch.randperm(images, generator=draw)
        cases.append((positive[order], scores[order].float()))

    def act(evaluator):
        return [plain(evaluator.roc_curve(positive, scores)) for positive, scores in cases]

    for (positive, scores), got in zip(cases, box(act), strict=True):
        call = f"roc_curve of {len(scores)} scores from {float(scores.min()):.4g} to {float(scores.max()):.4g}"
        called = scores >= torch.cat([torch.tensor([torch.inf]), scores.unique().flip(0)])[:, None]
        counts = [(called & kind).sum(dim=1).double() / kind.sum() for kind in (~positive, positive)]
        assert_same_curve(got, torch.stack(counts, dim=1).numpy(), call)
        gaps = scores[positive].double()[:, None] - scores[~positive].double()
        area = float(((gaps > 0).double() + (gaps == 0).double() / 2).mean())
        assert_same(got["auc"], area, f"{call}: auc", tolerance=1e-4)


# --- 5.6 calibration ------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.6")
def test_bins_of_any_confidences(box, draw):
    """Random confidences in random bins, some of them just at an edge; also a bin without any."""
    cases = []
    for _ in range(6):
        images = whole(draw, 40, 200)
        edges = ((6 + torch.randperm(55, generator=draw)[:4].sort().values) / 64).tolist()
        confidence = torch.rand(images, generator=draw, dtype=torch.float64) * edges[2]
        confidence[:12] = torch.tensor([edges[0]] * 5 + [edges[1]] * 7, dtype=torch.float64)
        correct = torch.rand(images, generator=draw) < 0.7
        correct[5:12] = torch.rand(7, generator=draw) < 0.3
        order = torch.randperm(images, generator=draw)
        bins = [(0.0, edges[0]), (edges[0], edges[1]), (edges[1], 1.0), (edges[2], edges[3])]  # the last is empty
        cases.append((confidence[order], correct[order], bins))

    def act(evaluator):
        return [[plain(evaluator.calibration_bin(sure, right, *edges)) for edges in bins] for sure, right, bins in cases]

    names = ("lower", "upper", "count", "confidence", "accuracy")
    for (sure, right, bins), all_got in zip(cases, box(act), strict=True):
        sure, right = sure.numpy(), right.numpy()
        for (lower, upper), got in zip(bins, all_got, strict=True):
            inside = [at for at in range(len(sure)) if lower < sure[at] <= upper]
            means = (sure[inside].mean(), right[inside].mean()) if inside else (None, None)
            expected = dict(zip(names, (lower, upper, len(inside), *means), strict=True))
            values = {name: got.get(name) for name in names} if isinstance(got, dict) else got
            same = isinstance(values, dict) and all(
                values[name] is None
                if wanted is None
                else values[name] is not None and math.isclose(float(values[name]), wanted, rel_tol=1e-4, abs_tol=1e-6)
                for name, wanted in expected.items()
            )
            assert same, f"calibration_bin(…, {lower}, {upper})\n  gave      {values}\n  expected  {expected}"


@pytest.mark.exercise("5.6")
def test_the_error_of_any_bins(box, draw):
    """Random bins, too sure and too unsure ones, full ones and empty ones."""
    cases = []
    for _ in range(6):
        number = whole(draw, 5, 16)
        empty = set(torch.randperm(number, generator=draw)[: number // 4].tolist())
        figures = []
        for at in range(number):
            sure = (at + share(draw, 0.1, 0.9)) / number
            right = sure * share(draw, 0, 0.7) if at % 2 else 1 - (1 - sure) * share(draw, 0, 0.7)
            figures.append((0, None, None) if at in empty else (whole(draw, 1, 300), sure, right))
        cases.append(figures)

    def act(evaluator):
        return [
            evaluator.expected_calibration_error(
                tuple(
                    CalibrationBin(
                        lower=at / len(figures), upper=(at + 1) / len(figures), count=count, confidence=sure, accuracy=right
                    )
                    for at, (count, sure, right) in enumerate(figures)
                )
            )
            for figures in cases
        ]

    for figures, got in zip(cases, box(act), strict=True):
        filled = [each for each in figures if each[0]]
        expected = sum(count * abs(right - sure) for count, sure, right in filled) / sum(count for count, _, _ in filled)
        assert_same(
            got, expected, f"expected_calibration_error of bins with (count, confidence, accuracy) {figures}", tolerance=1e-4
        )


# --- 5.7 choose_on_validation ---------------------------------------------------------------------------------------------


def comparisons(draw, number):
    """Some comparisons of models: (name, validation accuracies, test accuracy); the first has no trained model."""
    cases = []
    for at in range(number):
        rows = []
        for name in torch.randperm(1000, generator=draw)[: whole(draw, 2, 7)].tolist():
            epochs = 0 if at == 0 else whole(draw, 0, 6)
            tested = torch.rand((), generator=draw) < 0.8
            rows.append((f"model {name}", [share(draw) for _ in range(epochs)], share(draw) if tested else None))
        cases.append(rows)
    return cases


def chosen_of(rows):
    """The model that validation chooses, of (name, validation accuracies, test accuracy); None if none was trained."""
    return max((row for row in rows if row[1]), key=lambda row: max(row[1]), default=None)


@pytest.mark.exercise("5.7")
def test_the_choice_among_any_models(box, draw):
    """Random models, some of them not trained or not tested."""
    cases = comparisons(draw, 30)

    def act(evaluator):
        results = [{row[0]: model(*row) for row in rows} for rows in cases]
        return [(evaluator.choose_on_validation(each), list(each)) for each in results]

    for rows, (got, left) in zip(cases, box(act), strict=True):
        chosen = chosen_of(rows)
        assert left == [row[0] for row in rows], f"after choose_on_validation the results are those of {left}, of {rows}"
        expected = None if chosen is None else chosen[0]
        assert got == expected, f"choose_on_validation gave {got!r}, expected {expected!r}, of {rows}"


@pytest.mark.exercise("5.7")
def test_what_to_report_of_any_models(box, draw):
    """Random models, some of them not trained or not tested: the chosen one and its accuracy on the test set."""
    cases = comparisons(draw, 30)

    def act(evaluator):
        results = [{row[0]: model(*row) for row in rows} for rows in cases]
        return [(evaluator.accuracy_to_report(each), list(each)) for each in results]

    for rows, (got, left) in zip(cases, box(act), strict=True):
        chosen = chosen_of(rows)
        assert left == [row[0] for row in rows], f"after accuracy_to_report the results are those of {left}, of {rows}"
        expected = None if chosen is None or chosen[2] is None else (chosen[0], chosen[2])
        if expected is None or got is None:
            assert got is expected, f"accuracy_to_report gave {got!r}, expected {expected!r}, of {rows}"
        else:
            name, accuracy = got
            same = name == expected[0] and math.isclose(float(accuracy), expected[1], rel_tol=1e-6)
            assert same, f"accuracy_to_report gave {got!r}, expected {expected!r}, of {rows}"


# --- 5.8 bootstrap_interval -----------------------------------------------------------------------------------------------


@pytest.mark.exercise("5.8")
def test_intervals_of_a_few_skewed_values(box, draw):
    """Few values each, most small and some large: on average the ends that many resamples have, below and above."""
    sets = []
    for _ in range(8):
        values = torch.randn(whole(draw, 12, 25), generator=draw, dtype=torch.float64) ** 4
        sets.append(values / values.std() * 10 ** share(draw, -2, 2))
    seeds = torch.randint(0, 2**31, (8,), generator=draw).tolist()

    def act(evaluator):
        return [evaluator.bootstrap_interval(values, seed) for values, seed in zip(sets, seeds, strict=True)]

    off = []  # how far the ends lie from ours, in widths of the interval
    for values, got in zip(sets, box(act), strict=True):
        ours = values[torch.randint(len(values), (40_000, len(values)), generator=draw)].mean(dim=1).numpy()
        low, high = np.quantile(ours, [0.025, 0.975])
        off.append((np.array([float(end) for end in got]) - [low, high]) / (high - low))
    means, largest = np.mean(off, axis=0), np.abs(off).max()
    assert (np.abs(means) < 0.035).all(), f"the ends lie {means[0]:+.1%} and {means[1]:+.1%} of the width off on average"
    assert largest < 0.12, f"an end lies {largest:.1%} of the width off"


@pytest.mark.exercise("5.8")
def test_intervals_of_any_accuracy(box, draw):
    """Rights and wrongs of random numbers of images: the width of the normal approximation, around the accuracy."""
    counts = [(images, round(images * share(draw, 0.5, 0.9))) for images in (whole(draw, 300, 900) for _ in range(4))]

    def act(evaluator):
        return [evaluator.bootstrap_interval(torch.arange(images) < right) for images, right in counts]

    for (images, right), got in zip(counts, box(act), strict=True):
        accuracy = right / images
        spread = 1.96 * math.sqrt(accuracy * (1 - accuracy) / images)
        off = np.abs(np.array([float(end) for end in got]) - [accuracy - spread, accuracy + spread]).max()
        allowed = 0.06 * 2 * spread + 1 / images
        assert off < allowed, (
            f"{right} of {images} gave {got}, expected {accuracy:.4f} ± {spread:.4f}, each end within {allowed:.4f}"
        )
