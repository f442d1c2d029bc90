"""Step 5: every figure, on cases computed by hand and against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from handwriting_workshop.evaluator import (
    ModelEvaluator,
    _thinned,
    accuracy_interval,
    accuracy_to_report,
    average_metrics,
    average_roc_curve,
    bootstrap_interval,
    calibration,
    choose_on_validation,
    compare,
    confusion_matrix,
    evaluate_predictions,
    precision_recall_f1,
    roc_curve,
    tied_with_best,
    top_k_accuracy,
    worst_mistakes,
)
from handwriting_workshop.results import EvaluationResult, History, ModelResult, RocCurve

CLASSES = tuple("abcde")


def random_predictions(count: int = 400, classes: int = 5, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Probabilities that are better than chance, some of them equal, and labels."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (count,), generator=generator)
    logits = torch.randn(count, classes, generator=generator, dtype=torch.float64)
    logits[torch.arange(count), labels] += 1.5
    return (logits * 4).round().div(4).softmax(dim=1), labels  # rounding makes ties


def result(correct: list[bool], val_accuracy: float = 0.5, name: str = "model") -> ModelResult:
    """A model that reads these images rightly, and was so good on validation."""
    labels = torch.zeros(len(correct), dtype=torch.int64)
    probabilities = torch.tensor([[0.9, 0.1] if right else [0.2, 0.8] for right in correct])
    history = History(train_loss=(1.0,), val_accuracy=(val_accuracy,))
    return ModelResult(name=name, type="x", history=history, evaluation=evaluate_predictions(probabilities, labels, ("a", "b")))


# --- right and wrong ---


def test_a_confusion_matrix_has_right_classes_in_rows() -> None:
    """Two images of class 0, one read as 1; one of class 2 read as 0."""
    matrix = confusion_matrix(torch.tensor([0, 0, 2]), torch.tensor([0, 1, 0]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_precision_recall_and_f1_by_hand() -> None:
    """Class 0: 3 of 4 guesses right, 3 of 5 images found. Class 1: 4 of 6 right, 4 of 5 found."""
    figures = precision_recall_f1(torch.tensor([[3, 2], [1, 4]]))
    assert figures[0].tolist() == pytest.approx([3 / 4, 3 / 5, 2 / 3])
    assert figures[1].tolist() == pytest.approx([4 / 6, 4 / 5, 8 / 11])


def test_a_class_that_never_occurs_and_is_never_guessed_scores_zero() -> None:
    """0 / 0 is 0, not NaN."""
    figures = precision_recall_f1(torch.tensor([[2, 0], [0, 0]]))
    assert figures.tolist() == [[1, 1, 1], [0, 0, 0]]


def test_top_k_counts_the_right_class_among_the_k_best() -> None:
    """The right class is first, second and third: 1/3, 2/3 and all."""
    probabilities = torch.tensor([[0.6, 0.3, 0.1]] * 3)
    shares = [top_k_accuracy(probabilities, torch.tensor([0, 1, 2]), k) for k in (1, 2, 3)]
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_worst_mistakes_are_the_most_confident_ones() -> None:
    """Right answers are left out, however confident."""
    probabilities = torch.tensor([[0.99, 0.01], [0.4, 0.6], [0.1, 0.9], [0.2, 0.8]])
    evaluation = evaluate_predictions(probabilities, torch.tensor([0, 0, 0, 0]), ("a", "b"))
    assert worst_mistakes(evaluation) == [2, 3, 1]
    assert worst_mistakes(evaluation, count=1) == [2]


def test_confused_pairs_are_counted_with_their_direction_most_frequent_first() -> None:
    """Two b read as a, one a read as b."""
    guesses = torch.eye(2)[[0, 1, 0, 0]]
    evaluation = evaluate_predictions(guesses, torch.tensor([0, 0, 1, 1]), ("a", "b"))
    assert [(pair.true, pair.predicted, pair.count) for pair in evaluation.confused_pairs] == [("b", "a", 2), ("a", "b", 1)]


@pytest.mark.parametrize(
    ("average", "expected"),
    [("macro", (0.75, 17 / 18, 41 / 51)), ("weighted", (0.95, 0.9, 0.9 * 16 / 17 + 0.2 / 3)), ("micro", (0.9, 0.9, 0.9))],
)
def test_averages_by_hand(average: str, expected: tuple[float, ...]) -> None:
    """80 of 90 images of class 0 and all 10 of class 1 are right: precision 1 and ½, recall 8/9 and 1, F1 16/17 and ⅔."""
    assert average_metrics(torch.tensor([[80, 10], [0, 10]]), average).tolist() == pytest.approx(expected)


def test_an_unknown_average_is_refused() -> None:
    """The text names the choices."""
    with pytest.raises(ValueError, match="unknown average 'mean'; choose one of: macro, weighted, micro"):
        average_metrics(torch.eye(2), "mean")


# --- ranking ---


def test_a_roc_curve_by_hand() -> None:
    """Scores .9+ .8- .7+ .1-: up, right, up, right; area 3/4."""
    curve = roc_curve(torch.tensor([True, False, True, False]), torch.tensor([0.9, 0.8, 0.7, 0.1]))
    assert curve is not None
    assert curve.false_positive_rate == (0, 0, 0.5, 0.5, 1)
    assert curve.true_positive_rate == (0, 0.5, 0.5, 1, 1)
    assert curve.auc == pytest.approx(0.75)


def test_equal_scores_are_one_slanted_step() -> None:
    """If all scores are equal, the curve is the diagonal, whatever the order of the images."""
    for order in ([True, False], [False, True]):
        curve = roc_curve(torch.tensor(order), torch.tensor([0.5, 0.5]))
        assert curve == RocCurve(false_positive_rate=(0.0, 1.0), true_positive_rate=(0.0, 1.0), auc=0.5)


def test_a_corner_that_comes_twice_stays_a_corner() -> None:
    """Thresholds between which no score lies give one point several times."""
    curve = _thinned(torch.tensor([0, 0, 0, 0.5, 0.5, 1]), torch.tensor([0, 1, 1, 1, 1, 1.0]), 1.0)
    assert curve == RocCurve(false_positive_rate=(0.0, 0.0, 1.0), true_positive_rate=(0.0, 1.0, 1.0), auc=1.0)


def test_without_positives_or_negatives_there_is_no_curve() -> None:
    """The area would be 0 / 0."""
    assert roc_curve(torch.tensor([True, True]), torch.tensor([0.1, 0.2])) is None
    assert roc_curve(torch.tensor([False, False]), torch.tensor([0.1, 0.2])) is None


def test_the_average_curve_lies_between_its_curves_and_has_their_mean_area() -> None:
    """The mean of a perfect and a diagonal curve: starts at ½, area ¾."""
    perfect = RocCurve(false_positive_rate=(0.0, 0.0, 1.0), true_positive_rate=(0.0, 1.0, 1.0), auc=1.0)
    diagonal = RocCurve(false_positive_rate=(0.0, 1.0), true_positive_rate=(0.0, 1.0), auc=0.5)
    average = average_roc_curve([perfect, diagonal])
    assert average == RocCurve(false_positive_rate=(0.0, 0.0, 1.0), true_positive_rate=(0.0, 0.5, 1.0), auc=0.75)


@pytest.mark.parametrize("count", [2, 5])
def test_the_area_under_the_average_curve_is_the_mean_of_the_areas(count: int) -> None:
    """Curves of random scores rise straight up here and there, some at the same place."""
    generator = torch.Generator().manual_seed(count)
    scores = torch.rand(count, 60, generator=generator).round(decimals=1)
    positive = torch.rand(count, 60, generator=generator) < scores
    curves = [curve for one, of_class in zip(scores, positive, strict=True) if (curve := roc_curve(of_class, one)) is not None]
    average = average_roc_curve(curves)
    assert average is not None
    area = np.trapezoid(average.true_positive_rate, average.false_positive_rate)
    assert area == pytest.approx(np.mean([curve.auc for curve in curves]))
    assert average.auc == pytest.approx(area)


def test_no_bend_of_a_large_curve_is_lost() -> None:
    """A million images: each bend is tiny, the area is not."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(1_000_000, generator=generator)
    positive = torch.rand(1_000_000, generator=generator) < scores
    curve = roc_curve(positive, scores)
    assert curve is not None
    assert np.trapezoid(curve.true_positive_rate, curve.false_positive_rate) == pytest.approx(curve.auc, abs=1e-9)


# --- confidence ---


def test_calibration_by_hand() -> None:
    """Four images at 90 % of which three are right: off by 15 points in one of ten bins."""
    probabilities = torch.tensor([[0.9, 0.1]] * 4, dtype=torch.float64)
    measured = calibration(probabilities, torch.tensor([0, 0, 0, 1]), bins=10)
    assert measured.expected_calibration_error == pytest.approx(0.15)
    (member,) = [member for member in measured.bins if member.count]
    assert (member.lower, member.upper) == pytest.approx((0.8, 0.9))
    assert (member.confidence, member.accuracy) == pytest.approx((0.9, 0.75))


def test_certainty_belongs_to_the_last_bin() -> None:
    """A probability of exactly 1 is counted."""
    measured = calibration(torch.tensor([[1.0, 0.0]]), torch.tensor([0]), bins=5)
    assert [member.count for member in measured.bins] == [0, 0, 0, 0, 1]
    assert measured.expected_calibration_error == 0


# --- against scikit-learn ---


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**16), classes=st.integers(2, 5), count=st.integers(40, 200))
def test_every_figure_agrees_with_scikit_learn(seed: int, classes: int, count: int) -> None:
    """Accuracy, precision, recall, F1, matrix, AUC and log loss: to 1e-6, also with ties and rare classes."""
    probabilities, labels = random_predictions(count, classes, seed)
    labels[:classes] = torch.arange(classes)  # scikit-learn's AUC wants each class at least once
    ours = evaluate_predictions(probabilities, labels, CLASSES[:classes])
    p, y, guess = probabilities.numpy(), labels.numpy(), np.array(ours.predicted)
    every = list(range(classes))
    assert ours.accuracy == pytest.approx(reference.accuracy_score(y, guess), abs=1e-6)
    assert np.array_equal(ours.confusion_matrix, reference.confusion_matrix(y, guess, labels=every))
    for average, mine in (("macro", ours.macro), ("weighted", ours.weighted)):
        theirs = reference.precision_recall_fscore_support(y, guess, labels=every, average=average, zero_division=0)
        assert (mine.precision, mine.recall, mine.f1) == pytest.approx(theirs[:3], abs=1e-6)
    precision, recall, f1, support = reference.precision_recall_fscore_support(y, guess, labels=every, zero_division=0)
    for at, member in enumerate(ours.per_class):
        expected = (precision[at], recall[at], f1[at], support[at], reference.roc_auc_score(y == at, p[:, at]))
        assert (member.precision, member.recall, member.f1, member.support, member.auc) == pytest.approx(expected, abs=1e-6)
    one_hot = np.eye(classes)[y]
    assert ours.roc_micro is not None
    assert ours.roc_macro is not None
    assert ours.roc_micro.auc == pytest.approx(reference.roc_auc_score(one_hot, p, average="micro"), abs=1e-6)
    assert ours.roc_macro.auc == pytest.approx(reference.roc_auc_score(one_hot, p, average="macro"), abs=1e-6)
    assert ours.loss == pytest.approx(reference.log_loss(y, p, labels=every), abs=1e-6)
    assert ours.top_k[1] == pytest.approx(ours.accuracy)


def distances_to_curve(curve: RocCurve, points: np.ndarray) -> np.ndarray:
    """How far each point lies from the nearest straight piece of the curve."""
    corners = np.column_stack([curve.false_positive_rate, curve.true_positive_rate])
    starts, steps = corners[:-1], np.diff(corners, axis=0)
    offsets = points[:, None] - starts  # (points, pieces, 2)
    along = ((offsets * steps).sum(axis=2) / (steps**2).sum(axis=1).clip(1e-30)).clip(0, 1)
    return np.linalg.norm(offsets - along[..., None] * steps, axis=2).min(axis=1)


def test_roc_curves_run_through_scikit_learns_points() -> None:
    """All points of scikit-learn's curve lie on ours, which has fewer: those on straight pieces are left out."""
    probabilities, labels = random_predictions()
    curve = roc_curve(labels == 0, probabilities[:, 0])
    assert curve is not None
    false_alarms, found, _ = reference.roc_curve((labels == 0).numpy(), probabilities[:, 0].numpy(), drop_intermediate=False)
    assert distances_to_curve(curve, np.column_stack([false_alarms, found])).max() < 1e-12
    assert len(curve.true_positive_rate) < len(found)


def test_top_k_agrees_with_scikit_learn() -> None:
    """On untied probabilities, for k = 1, 2, 3."""
    generator = torch.Generator().manual_seed(1)
    probabilities = torch.rand(300, 5, generator=generator, dtype=torch.float64).softmax(dim=1)
    labels = torch.randint(5, (300,), generator=generator)
    for k in (1, 2, 3):
        expected = reference.top_k_accuracy_score(labels.numpy(), probabilities.numpy(), k=k)
        assert top_k_accuracy(probabilities, labels, k) == pytest.approx(expected, abs=1e-6)


# --- luck ---


def test_a_bootstrap_interval_has_the_width_of_the_binomial_one() -> None:
    """For 900 of 1,000 right, the normal approximation is 0.9 ± 1.96·√(0.9·0.1/1000) = 0.9 ± 0.0186."""
    low, high = bootstrap_interval(torch.arange(1000) < 900)
    assert low == pytest.approx(0.9 - 0.0186, abs=0.003)
    assert high == pytest.approx(0.9 + 0.0186, abs=0.003)


def test_all_right_has_no_width() -> None:
    """Resampling ones gives ones."""
    assert bootstrap_interval(torch.ones(10)) == (1.0, 1.0)


def test_a_model_without_mistakes_is_not_certain_to_make_none() -> None:
    """10 of 10: the exact interval begins at 0.025 ** (1 / 10); so it ends where 0 of 10 are right."""
    low, high = accuracy_interval(torch.ones(10, dtype=torch.bool))
    assert (low, high) == (pytest.approx(0.025**0.1), 1.0)
    assert accuracy_interval(torch.zeros(10, dtype=torch.bool)) == (0.0, pytest.approx(1 - 0.025**0.1))
    mixed = torch.arange(1000) < 900
    assert accuracy_interval(mixed) == bootstrap_interval(mixed)


def test_a_difference_of_chance_is_called_none_and_a_large_one_is_called_different() -> None:
    """3 images of 200 apart: not told apart. 40 of 200 apart: different."""
    best = result([True] * 190 + [False] * 10).evaluation
    near = result([True] * 187 + [False] * 10 + [True] * 3).evaluation
    far = result([True] * 150 + [False] * 50).evaluation
    assert isinstance(best, EvaluationResult)
    assert not compare(best, near).different
    assert compare(best, far).different
    assert compare(best, far).difference == pytest.approx(0.2)


def test_images_are_drawn_in_pairs() -> None:
    """3 % apart: told apart where the better model reads six images besides the other's, not where it reads quite other ones."""
    adds = [result([True] * count + [False] * (200 - count)).evaluation for count in (106, 100)]
    differs = [adds[0], result([False] * 100 + [True] * 100).evaluation]
    assert compare(*adds).difference == compare(*differs).difference == pytest.approx(0.03)
    assert (compare(*adds).different, compare(*differs).different) == (True, False)


def test_results_on_different_images_cannot_be_compared() -> None:
    """Resampling in pairs needs the same images."""
    with pytest.raises(ValueError, match="same test images"):
        compare(result([True] * 5).evaluation, result([True] * 6).evaluation)


def test_ties_with_the_best_include_the_best_and_leave_out_failures() -> None:
    """A model that was never evaluated is in no tie."""
    results = {
        "near": result([True] * 189 + [False] * 11),
        "best": result([True] * 190 + [False] * 10),
        "far": result([True] * 100 + [False] * 100),
        "failed": ModelResult(name="failed", type="x", error="out of memory"),
    }
    assert tied_with_best(results) == ["near", "best"]
    assert tied_with_best({"failed": results["failed"]}) == []


def test_validation_chooses_the_model_whatever_the_test_says() -> None:
    """The test set has no say in which model is used."""
    results = {"a": result([True] * 10, val_accuracy=0.7), "b": result([True] * 5 + [False] * 5, val_accuracy=0.8)}
    assert choose_on_validation(results) == choose_on_validation(dict(reversed(results.items()))) == "b"
    assert choose_on_validation({}) is None


def test_the_chosen_model_is_reported_with_its_test_accuracy() -> None:
    """Not with the best test accuracy of all, and not at all where it was not tested."""
    results = {"a": result([True] * 10, val_accuracy=0.7), "b": result([True] * 5 + [False] * 5, val_accuracy=0.8)}
    untested = ModelResult(name="c", type="x", history=History(val_accuracy=(0.9,)))
    assert accuracy_to_report(results) == ("b", 0.5)
    assert accuracy_to_report({**results, "c": untested}) is None
    assert accuracy_to_report({}) is None


# --- the evaluator ---


class Echo(nn.Module):
    """Its input, flattened, is its logits; in training mode it would be noise."""

    def forward(self, images: Tensor) -> Tensor:
        """(B, 1, 1, K) -> (B, K)."""
        return torch.rand(len(images), images.shape[-1]) if self.training else images.flatten(1)


def batches(*labels: list[int]) -> list[tuple[Tensor, Tensor]]:
    """One batch per list, whose images say the label."""
    return [(torch.eye(3)[batch].view(-1, 1, 1, 3) * 5, torch.tensor(batch)) for batch in labels]


def test_an_evaluation_covers_all_batches_in_order_and_in_eval_mode() -> None:
    """Labels of both batches, all read rightly; the model is back in training mode afterwards."""
    model = Echo().train()
    evaluation = ModelEvaluator(model).evaluate_dataset(batches([0, 1], [2]))
    assert evaluation["labels"] == evaluation.predicted == (0, 1, 2)
    assert evaluation["accuracy"] == 1
    assert evaluation.classes == ("0", "1", "2")
    assert model.training


def test_an_evaluation_survives_its_json_round_trip() -> None:
    """from_json(to_json()) is equal, dictionaries with numbers as keys included."""
    evaluation = ModelEvaluator(Echo()).evaluate_dataset(batches([0, 1, 2, 1]), classes=("x", "y", "z"))
    assert EvaluationResult.from_json(evaluation.to_json()) == evaluation


@pytest.mark.parametrize(
    ("loader", "classes", "message"),
    [
        ([], None, "yields no batches"),
        (batches([0, 1]), ("only", "two"), "3 classes apart, but 2 class names"),
        ([(torch.zeros(1, 1, 1, 3), torch.tensor([3]))], None, "label 3 does not fit a model with 3 classes"),
        ([*batches([0]), (torch.full((1, 1, 1, 3), torch.nan), torch.tensor([0]))], None, "logits for batch 2 are not finite"),
    ],
    ids=["empty loader", "class names", "labels", "NaN"],
)
def test_what_cannot_be_evaluated_is_said_in_a_sentence(
    loader: list[object], classes: tuple[str, ...] | None, message: str
) -> None:
    """An empty loader, too few class names, a label without a logit."""
    with pytest.raises(ValueError, match=message):
        ModelEvaluator(Echo()).evaluate_dataset(loader, classes)
