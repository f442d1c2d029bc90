"""What training and evaluation give back: frozen dataclasses that also read like dictionaries.

`history.val_accuracy` and `history["val_accuracy"]` are the same, and `Kind.from_json(result.to_json()) == result`.
Accuracies and other shares are fractions in [0, 1]. A figure that is undefined (the AUC of a class that never occurs) is None.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import msgspec


class Record(Mapping[str, Any]):
    """A frozen dataclass whose fields can be read by name, as in a dictionary, with a JSON round trip (msgspec)."""

    def __getitem__(self, name: str) -> Any:
        if name not in set(self):
            raise KeyError(f"{type(self).__name__} has no {name!r}; it has: {', '.join(self)}")
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))  # type: ignore[arg-type]  # each subclass is a dataclass

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def to_json(self) -> str:
        """Indented JSON text."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record that `to_json` wrote.

        Raises:
            ValueError: text that is not JSON, or JSON of another kind of record.
        """
        return msgspec.json.decode(text, type=cls)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the JSON to a file: all of it or, if that fails, nothing."""
        from handwriting_workshop.checkpoints import write_atomically

        return write_atomically(path, self.to_json().encode())


@dataclass(frozen=True, kw_only=True)
class History(Record):
    """One figure per epoch of training, oldest first."""

    train_loss: tuple[float, ...] = ()
    """Mean over the images, of the loss that was minimised (label smoothing included)."""
    train_accuracy: tuple[float, ...] = ()
    """On the augmented images, while the weights were changing."""
    val_loss: tuple[float, ...] = ()
    """Plain cross-entropy."""
    val_accuracy: tuple[float, ...] = ()
    learning_rate: tuple[float, ...] = ()
    """After the epoch: that of the next step."""
    seconds: tuple[float, ...] = ()
    """Training only, without validation."""
    best_epoch: int = 0
    """The epoch whose weights were kept, counted from 1; 0 before the first."""
    stopped_early: bool = False

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return len(self.train_loss)


@dataclass(frozen=True, kw_only=True)
class ClassMetrics(Record):
    """How well one class was read."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    """Images of this class."""
    auc: float | None
    """Area under the one-vs-rest ROC curve."""


@dataclass(frozen=True, kw_only=True)
class AverageMetrics(Record):
    """Precision, recall and F1 averaged over the classes."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True)
class RocCurve(Record):
    """Points of a one-vs-rest ROC curve, from (0, 0) to (1, 1)."""

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    auc: float


@dataclass(frozen=True, kw_only=True)
class CalibrationBin(Record):
    """The predictions whose confidence lies in (lower, upper]."""

    lower: float
    upper: float
    count: int
    confidence: float | None
    """Their mean confidence; None in an empty bin."""
    accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class Calibration(Record):
    """Whether "90 % sure" means right nine times in ten (Guo et al. 2017, arXiv:1706.04599)."""

    expected_calibration_error: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, kw_only=True)
class ConfusedPair(Record):
    """A kind of mistake: images of class `true` that were read as `predicted`."""

    true: str
    predicted: str
    count: int


@dataclass(frozen=True, kw_only=True)
class EvaluationResult(Record):
    """What a model gets right and wrong on one data set."""

    classes: tuple[str, ...]
    labels: tuple[int, ...]
    """The right class of each image, in the loader's order."""
    predicted: tuple[int, ...]
    """The class with the highest logit."""
    confidences: tuple[float, ...]
    """The probability that the model gave to that class."""
    accuracy: float
    accuracy_interval: tuple[float, float]
    """95 % bootstrap interval; where all images are right, or none, the exact one of Clopper and Pearson."""
    loss: float
    """Mean cross-entropy."""
    top_k: dict[int, float]
    """k -> share of images whose right class is among the k best guesses."""
    per_class: tuple[ClassMetrics, ...]
    macro: AverageMetrics
    """Every class counts the same."""
    weighted: AverageMetrics
    """Every class counts by its support."""
    confusion_matrix: tuple[tuple[int, ...], ...]
    """Rows: right class; columns: predicted class."""
    roc_curves: dict[str, RocCurve]
    """By class name; classes that never or always occur have none."""
    roc_micro: RocCurve | None
    """All image-class pairs in one pool."""
    roc_macro: RocCurve | None
    """Mean of the classes' curves."""
    calibration: Calibration
    confused_pairs: tuple[ConfusedPair, ...]
    """Most frequent first."""


@dataclass(frozen=True, kw_only=True)
class ModelResult(Record):
    """One model of a comparison: how it was made and what it can do, or why it failed."""

    name: str
    type: str
    """A name that `create_model` knows."""
    parameters: int = 0
    training_seconds: float = 0.0
    images_per_second: float = 0.0
    """Inference on the test set, loading included."""
    history: History | None = None
    evaluation: EvaluationResult | None = None
    checkpoint: str | None = None
    """File name of the best weights, relative to the results folder."""
    error: str | None = None
    """What went wrong, in one sentence; None where all went well."""


@dataclass(frozen=True, kw_only=True)
class PairedComparison(Record):
    """Is one model better than another, or was it luck? Both judged on the same images."""

    difference: float
    """Accuracy of the first minus accuracy of the second."""
    interval: tuple[float, float]
    """95 % paired bootstrap interval of the difference."""

    @property
    def different(self) -> bool:
        """Whether the interval leaves out zero."""
        return not self.interval[0] <= 0 <= self.interval[1]
