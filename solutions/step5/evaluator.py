"""Step 5: from predictions to what they are worth: metrics, mistakes, and whether a difference is more than luck.

Each figure is a short function of labels and probabilities, written out because it is the lesson; the tests compare all of
them with scikit-learn's. `ModelEvaluator` puts them together.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from handwriting_workshop.results import (
    AverageMetrics,
    Calibration,
    CalibrationBin,
    ClassMetrics,
    ConfusedPair,
    EvaluationResult,
    ModelResult,
    PairedComparison,
    RocCurve,
)
from handwriting_workshop.samples import check_labels

Loader = Iterable[tuple[Tensor, Tensor]]
Average = Literal["macro", "weighted", "micro"]

RESAMPLES = 2000
"""Bootstrap resamples; the ends of an interval then vary by about 4 % of its width from seed to seed."""


# --- Right and wrong ------------------------------------------------------------------------------------------------------


def confusion_matrix(labels: Tensor, predicted: Tensor, num_classes: int) -> Tensor:
    """How often each class was read as each class: row = right class, column = predicted class.

    A class that never occurs, or is never guessed, has its row and column all the same.

    Shape:
        labels, predicted: (N,) int64, in 0 … K - 1
        matrix: (K, K) int64, its sum is N
    """
    cells = labels * num_classes + predicted  # (N,) the number of each image's cell, counted row by row
    return cells.bincount(minlength=num_classes**2).view(num_classes, num_classes)


def precision_recall_f1(matrix: Tensor) -> Tensor:
    """Precision, recall and F1 of each class, in this order. 0 where the denominator is 0.

    Precision: what share of the images read as this class are of it. Recall: what share of its images were read as it.
    F1: their harmonic mean, which is 2 · hits / (images read as it + images of it).

    Shape:
        matrix: (K, K) int64, as from `confusion_matrix`
        figures: (K, 3) float32 or float64, in [0, 1]
    """
    matrix = matrix.double()
    hits, guesses, support = matrix.diagonal(), matrix.sum(dim=0), matrix.sum(dim=1)  # (K,) each
    precision = hits / guesses.clamp(min=1)  # where there are no guesses there are no hits: 0 / 1
    recall = hits / support.clamp(min=1)
    f1 = 2 * hits / (guesses + support).clamp(min=1)
    return torch.stack([precision, recall, f1], dim=1)


def average_metrics(matrix: Tensor, average: Average) -> Tensor:
    """Precision, recall and F1 of all classes together; who counts how much is the question.

    - macro: every class counts the same. The mean of the classes' figures, also of those that never occur (0).
    - weighted: every class counts by its support, the number of its images.
    - micro: every image counts the same. Hits, guesses and images are summed over the classes, then divided. As each image has
      one label and one guess, all three figures are the accuracy.

    Shape:
        matrix: (K, K) int64, as from `confusion_matrix`
        figures: (3,) float32 or float64, in [0, 1]

    Raises:
        ValueError: there is no such average.
    """
    if average not in get_args(Average):
        raise ValueError(f"unknown average {average!r}; choose one of: {', '.join(get_args(Average))}")
    per_class = precision_recall_f1(matrix)  # (K, 3)
    support = matrix.sum(dim=1).double()  # (K,)
    if average == "macro":
        return per_class.mean(dim=0)
    if average == "weighted":
        return support @ per_class / support.sum()
    accuracy = matrix.diagonal().sum() / support.sum()
    return accuracy.repeat(3)


def top_k_accuracy(probabilities: Tensor, labels: Tensor, k: int) -> float:
    """The share of images whose right class is among the k most probable ones; of equals, the first counts as better."""
    of_right_class = probabilities.gather(1, labels.unsqueeze(1))  # (N, 1)
    earlier = torch.arange(probabilities.shape[1]) < labels.unsqueeze(1)  # (N, K)
    better = (probabilities > of_right_class) | ((probabilities == of_right_class) & earlier)
    return (better.sum(dim=1) < k).double().mean().item()


def most_confused_pairs(matrix: Tensor, classes: Sequence[str]) -> tuple[ConfusedPair, ...]:
    """All kinds of mistakes that happened, the most frequent first."""
    mistakes = matrix - matrix.diagonal().diag()
    pairs = [
        ConfusedPair(true=classes[row], predicted=classes[column], count=int(mistakes[row, column]))
        for row, column in mistakes.nonzero().tolist()
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.count))


def worst_mistakes(evaluation: EvaluationResult, count: int = 20) -> list[int]:
    """Positions of the `count` misread images of which the model was most confident, the most confident first.

    A position is an image's place in `evaluation.labels`, `.predicted` and `.confidences`, a plain int. If there are fewer
    mistakes than `count`, all of them.
    """
    wrong = [at for at, (label, guess) in enumerate(zip(evaluation.labels, evaluation.predicted, strict=True)) if label != guess]
    return sorted(wrong, key=lambda at: -evaluation.confidences[at])[:count]


# --- Ranking --------------------------------------------------------------------------------------------------------------


def roc_curve(positive: Tensor, scores: Tensor) -> RocCurve | None:
    """How many false alarms each share of found positives costs, over all thresholds; None without positives or negatives.

    At a threshold t all images with a score ≥ t are called positive. That gives one point: the share of the negatives that are
    (false positive rate) and the share of the positives that are (true positive rate). The curve begins at (0, 0), where nothing
    is called positive, and goes through the points of all scores, from the highest threshold to the lowest, to (1, 1). Images
    with equal scores cross the threshold together: one slanted step. The area under the straight pieces is the AUC.

    Shape:
        positive: (N,) bool, scores: (N,) float32 or float64, higher means more probably positive
    """
    if positive.all() or not positive.any():
        return None
    # Ends with `return _thinned(false_positive_rate, true_positive_rate, auc)`: (T + 1,) tensors for T thresholds, a plain float.
    order = scores.argsort(descending=True)
    hits, scores = positive[order].double(), scores[order]
    last_of_equals = torch.cat([scores[1:] != scores[:-1], torch.tensor([True])])
    found = hits.cumsum(dim=0)[last_of_equals]  # (T,) positives at or above each threshold
    false_alarms = (1 - hits).cumsum(dim=0)[last_of_equals]
    true_positive_rate = F.pad(found / found[-1], (1, 0))
    false_positive_rate = F.pad(false_alarms / false_alarms[-1], (1, 0))
    auc = torch.trapezoid(true_positive_rate, false_positive_rate).item()
    return _thinned(false_positive_rate, true_positive_rate, auc)


def _thinned(x: Tensor, y: Tensor, auc: float) -> RocCurve:
    """The curve without the points in the middle of straight pieces: 1,000 images usually leave a few dozen."""
    x, y = torch.stack([x, y]).unique_consecutive(dim=1)
    steps_x, steps_y = x.diff(), y.diff()
    lengths = steps_x.hypot(steps_y)
    bends = (steps_x[1:] * steps_y[:-1] - steps_x[:-1] * steps_y[1:]).abs() > 1e-9 * lengths[1:] * lengths[:-1]
    keep = torch.ones(len(x), dtype=torch.bool)
    keep[1:-1] = bends
    return RocCurve(false_positive_rate=tuple(x[keep].tolist()), true_positive_rate=tuple(y[keep].tolist()), auc=auc)


def average_roc_curve(curves: Iterable[RocCurve]) -> RocCurve | None:
    """The mean of some curves' true positive rates at each false positive rate; its AUC is the mean of theirs.

    Where a curve rises straight up, it has two rates at one place: those from which and to which it rises.
    """
    curves = list(curves)
    if not curves:
        return None
    at = np.unique(np.concatenate([curve.false_positive_rate for curve in curves]))
    xs_and_ys = [(np.array(curve.false_positive_rate), np.array(curve.true_positive_rate)) for curve in curves]
    from_left = np.mean([np.interp(-at, -x[::-1], y[::-1]) for x, y in xs_and_ys], axis=0)  # of equal x, interp takes the last
    from_right = np.mean([np.interp(at, x, y) for x, y in xs_and_ys], axis=0)
    auc = sum(curve.auc for curve in curves) / len(curves)
    return _thinned(torch.from_numpy(at.repeat(2)), torch.from_numpy(np.stack([from_left, from_right], axis=1).ravel()), auc)


# --- Confidence -----------------------------------------------------------------------------------------------------------


def calibration(probabilities: Tensor, labels: Tensor, bins: int = 15) -> Calibration:
    """Accuracy beside confidence in equally wide bins, and the expected calibration error."""
    confidence, predicted = probabilities.double().max(dim=1)
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64).tolist()
    members = tuple(calibration_bin(confidence, predicted == labels, lower, upper) for lower, upper in pairwise(edges))
    return Calibration(expected_calibration_error=expected_calibration_error(members), bins=members)


def calibration_bin(confidence: Tensor, correct: Tensor, lower: float, upper: float) -> CalibrationBin:
    """The images whose confidence lies in (lower, upper]: their number, their mean confidence, and the share read rightly.

    The last two are None where there is no such image. All are plain numbers, an int and two floats, as they are saved as JSON.

    Shape:
        confidence: (N,) float64, correct: (N,) bool
    """
    # The first part: one bin.
    inside = (lower < confidence) & (confidence <= upper)
    count = int(inside.sum())
    if count == 0:
        return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
    mean_confidence, accuracy = confidence[inside].mean().item(), correct[inside].double().mean().item()
    return CalibrationBin(lower=lower, upper=upper, count=count, confidence=mean_confidence, accuracy=accuracy)


def expected_calibration_error(bins: Sequence[CalibrationBin]) -> float:
    """How far accuracy lies from confidence: the mean distance over the bins, each weighted by its number of images.

    Guo et al. 2017, arXiv:1706.04599, equation 3. Empty bins weigh nothing.
    """
    # The second part: one plain float for all bins.
    total = sum(each.count for each in bins)
    return sum(each.count / total * abs((each.accuracy or 0) - (each.confidence or 0)) for each in bins)


# --- Luck -----------------------------------------------------------------------------------------------------------------


def bootstrap_interval(values: Tensor, seed: int = 0) -> tuple[float, float]:
    """A range that holds the true mean in about 95 of 100 test sets (Efron 1979): the percentile bootstrap.

    Draw N values from the N at hand, with replacement (some come twice, some not at all), and take their mean; do so `RESAMPLES`
    times. The interval holds the middle 95 % of these means: it goes from their 2.5 % quantile to their 97.5 % quantile,
    two plain floats. All luck comes from the seed: the same seed gives the same interval, another one draws other images. Global
    generators (PyTorch's, NumPy's, Python's) are left alone: whoever draws from them afterwards gets the same numbers. SciPy's
    `bootstrap` may not be used.

    Shape:
        values: (N,) one figure per image, such as 1 for right and 0 for wrong
    """
    generator = Generator().manual_seed(seed)
    values = values.double()
    means = [values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)]
    low, high = torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return low, high


def accuracy_interval(correct: Tensor) -> tuple[float, float]:
    """Where the true accuracy probably lies, by the bootstrap; (N,) bool.

    Where all images were read, or none, drawing them again tells nothing: then it is the exact interval (Clopper and Pearson
    1934). Of few images, say less than a hundred, the bootstrap makes it too narrow.
    """
    from scipy.stats import binomtest

    right = int(correct.sum())
    if 0 < right < len(correct):
        return bootstrap_interval(correct)
    exact = binomtest(right, len(correct)).proportion_ci(0.95)
    return float(exact.low), float(exact.high)


def compare(first: EvaluationResult, second: EvaluationResult) -> PairedComparison:
    """Is the first model better than the second? Both were tested on the same images, so these are resampled in pairs.

    Raises:
        ValueError: they were tested on different images.
    """
    if first.labels != second.labels:
        raise ValueError("only results on the same test images, in the same order, can be compared; load them with shuffle=False")
    differences = _correct(first).double() - _correct(second).double()
    return PairedComparison(difference=differences.mean().item(), interval=bootstrap_interval(differences))


def tied_with_best(results: Mapping[str, ModelResult]) -> list[str]:
    """The model with the highest test accuracy, and those that cannot be told from it; none if none was evaluated.

    Each is compared by itself: of many equal models, one in twenty is told apart by chance, or more, as the best is the luckiest.
    Models that were tested on the images in another order cannot be compared, and count as told apart.
    """
    evaluations = {name: result.evaluation for name, result in results.items() if result.evaluation is not None}
    if not evaluations:
        return []
    best = max(evaluations.values(), key=lambda evaluation: evaluation.accuracy)
    comparable = {name: evaluation for name, evaluation in evaluations.items() if evaluation.labels == best.labels}
    return [name for name, evaluation in comparable.items() if evaluation is best or not compare(best, evaluation).different]


def choose_on_validation(results: Mapping[str, ModelResult]) -> str | None:
    """The name of the model to use: the one with the highest validation accuracy; None if none was trained.

    Training keeps the weights of a model's best epoch, so that is the epoch that counts: the one with the highest validation
    accuracy, which is number `history.best_epoch`, counted from 1. A model without a history was not trained. The test set must
    not choose: the best of several test accuracies is partly the luckiest, and so too good to be reported.
    """
    # The first part: the choice.
    accuracies = {name: max(result.history.val_accuracy) for name, result in results.items() if result.history is not None}
    return max(accuracies, key=lambda name: accuracies[name]) if accuracies else None


def accuracy_to_report(results: Mapping[str, ModelResult]) -> tuple[str, float] | None:
    """What may be published: the name of the model that validation chose, and its accuracy on the test set.

    That is so whatever the others reach on the test set. None if no model was chosen, or the chosen one was not tested.
    """
    # The second part: what is said about the chosen one.
    chosen = choose_on_validation(results)
    if chosen is None or (evaluation := results[chosen].evaluation) is None:
        return None
    return chosen, evaluation.accuracy


def _correct(evaluation: EvaluationResult) -> Tensor:
    """(N,) bool: which images were read rightly."""
    return torch.tensor(evaluation.labels) == torch.tensor(evaluation.predicted)


# --- All together ---------------------------------------------------------------------------------------------------------


class ModelEvaluator:
    """Finds out what a trained model gets right and wrong; on the device where the model is, in float32."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    @torch.inference_mode()
    def predict(self, loader: Loader) -> tuple[Tensor, Tensor]:
        """Class probabilities of all images, and their labels, in the loader's order.

        Shape:
            (N, K) float64, rows sum to 1; (N,) int64; both on the CPU

        Raises:
            ValueError: the loader yields nothing, labels that the model has no class for, or images that give no number.
        """
        device = next((parameter.device for parameter in self.model.parameters()), torch.device("cpu"))
        was_training = self.model.training
        self.model.eval()
        all_logits: list[Tensor] = []
        all_labels: list[Tensor] = []
        for images, labels in loader:
            logits = self.model(images.to(device))  # (B, K)
            check_labels(labels, logits.shape[1])
            if not logits.isfinite().all():
                raise ValueError(f"the model's logits for batch {len(all_logits) + 1} are not finite; look for NaN in its images")
            all_logits.append(logits.cpu())
            all_labels.append(labels.cpu())
        self.model.train(was_training)
        if not all_labels:
            raise ValueError("the loader yields no batches: there is nothing to evaluate")
        return torch.cat(all_logits).double().softmax(dim=1), torch.cat(all_labels)

    def evaluate_dataset(self, loader: Loader, classes: Sequence[str] | None = None) -> EvaluationResult:
        """Every figure of `EvaluationResult`, on all images of a loader; class names are the loader's unless given.

        Raises:
            ValueError: as `predict`, or another number of class names than of logits.
        """
        probabilities, labels = self.predict(loader)
        num_classes = probabilities.shape[1]
        names = tuple(classes or getattr(loader, "classes", None) or map(str, range(num_classes)))
        if len(names) != num_classes:
            raise ValueError(f"the model tells {num_classes} classes apart, but {len(names)} class names were given")
        return evaluate_predictions(probabilities, labels, names)


def evaluate_predictions(probabilities: Tensor, labels: Tensor, classes: tuple[str, ...]) -> EvaluationResult:
    """Every figure, from (N, K) class probabilities and (N,) labels."""
    confidences, predicted = probabilities.max(dim=1)
    correct = predicted == labels
    matrix = confusion_matrix(labels, predicted, len(classes))
    per_class = precision_recall_f1(matrix)
    support = matrix.sum(dim=1)
    is_class = F.one_hot(labels, len(classes)).bool()
    curves = {name: roc_curve(is_class[:, at], probabilities[:, at]) for at, name in enumerate(classes)}
    defined = {name: curve for name, curve in curves.items() if curve is not None}
    return EvaluationResult(
        classes=classes,
        labels=tuple(labels.tolist()),
        predicted=tuple(predicted.tolist()),
        confidences=tuple(confidences.tolist()),
        accuracy=correct.double().mean().item(),
        accuracy_interval=accuracy_interval(correct),
        loss=F.nll_loss(probabilities.clamp(min=1e-300).log(), labels).item(),
        top_k={k: top_k_accuracy(probabilities, labels, k) for k in (1, 2, 3, 5) if k <= len(classes)},
        per_class=tuple(
            ClassMetrics(
                name=name, support=int(support[at]), auc=defined[name].auc if name in defined else None, **_named(per_class[at])
            )
            for at, name in enumerate(classes)
        ),
        macro=AverageMetrics(**_named(average_metrics(matrix, "macro"))),
        weighted=AverageMetrics(**_named(average_metrics(matrix, "weighted"))),
        confusion_matrix=tuple(tuple(row) for row in matrix.tolist()),
        roc_curves=defined,
        roc_micro=roc_curve(is_class.flatten(), probabilities.flatten()),
        roc_macro=average_roc_curve(defined.values()),
        calibration=calibration(probabilities, labels),
        confused_pairs=most_confused_pairs(matrix, classes),
    )


def _named(figures: Tensor) -> dict[str, Any]:
    """(3,) precision, recall and F1 as keyword arguments."""
    return dict(zip(("precision", "recall", "f1"), figures.tolist(), strict=True))
