"""The figures of the workshop: pictures of samples, training, mistakes and comparisons.

Each function gives a matplotlib `Figure` that belongs to no window, so it works the same in a script, a notebook and a test.
"""

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.results import EvaluationResult, History, ModelResult
from handwriting_workshop.samples import Samples

INK, BLUE, ORANGE, GREY = "#1b1f24", "#2a6fb0", "#d9742b", "#8a929c"
CYCLE = (BLUE, ORANGE, "#3d9a50", "#9b4fa5", "#b8860b", "#c44e52", "#17a2a2", "#6b6ecf", "#8c6d31", "#7f7f7f")
"""Colours that also differ in brightness, for lines of up to ten models or classes."""


DPI = 144
"""Sharp on a screen with twice the usual density, and still small files."""

CELL = 0.62
"""Inches that an image among many takes, with the space around it."""


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, all of it or nothing; missing folders are made."""
    return write_atomically(path, _png(figure))


# --- Pictures -------------------------------------------------------------------------------------------------------------


def plot_samples(samples: Samples, rows: int = 6, columns: int = 16, seed: int = 0) -> Figure:
    """Randomly chosen images with their class names; classes in turn, so that each of the first ones is seen."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(samples), generator=generator)
    rank = torch.zeros(len(samples), dtype=torch.int64)
    for label in range(len(samples.classes)):  # the first of each class, then the second of each class …
        members = order[samples.labels[order] == label]
        rank[members] = torch.arange(len(members)) * len(samples.classes) + label
    chosen = rank.argsort()[: rows * columns]
    titles = [samples.classes[label] for label in samples.labels[chosen].tolist()]
    heading = f"{len(chosen)} of {len(samples):,} images, {len(samples.classes)} classes"
    return plot_images(samples.images[chosen], titles, columns, heading)


def plot_augmentation(originals: Tensor, variants: Sequence[Tensor]) -> Figure:
    """Each original at the head of a row of its augmented variants; all (N, C, H, W), uint8 or float in [0, 1]."""
    columns = 1 + len(variants)
    rows = torch.stack([_unit(originals), *map(_unit, variants)], dim=1)  # (N, columns, C, H, W)
    titles = ["original"] + [""] * (len(variants)) + [""] * (columns * (len(originals) - 1))
    return plot_images(rows.flatten(0, 1), titles, columns, "each row: one image, and what augmentation makes of it")


def plot_images(images: Tensor, titles: Sequence[str], columns: int, heading: str, colour: str = INK) -> Figure:
    """Images in a grid, each with a title; (N, C, H, W), uint8 or float in [0, 1]."""
    rows = max(1, -(-len(images) // columns))
    above = 0.11 * max((title.count("\n") + 1 for title in titles if title), default=0)
    figure, axes = _table(CELL * columns, (CELL + above) * rows, heading)
    for place, (image, title) in enumerate(zip(_unit(images), titles, strict=False)):
        left, top = CELL * (place % columns), above + (CELL + above) * (place // columns)
        _draw_image(axes, image, left, top)
        axes.text(left + CELL / 2, top, _text(title), fontsize=7, color=colour, ha="center", va="bottom", linespacing=1)
    return figure


def plot_mistakes(images: Tensor, evaluation: EvaluationResult, positions: Sequence[int]) -> Figure:
    """Misread images with the right class, the guess, and how sure the model was."""
    if not positions:
        return _note("no image was misread")
    names = evaluation.classes
    titles = [
        f"{names[evaluation.labels[at]]} → {names[evaluation.predicted[at]]}\n{evaluation.confidences[at]:.0%}"
        for at in positions
    ]
    wrong = sum(label != guess for label, guess in zip(evaluation.labels, evaluation.predicted, strict=True))
    heading = f"{len(positions)} of {wrong} misread images: right class → guess, and its probability"
    return plot_images(images[torch.tensor(positions)], titles, min(10, max(6, len(positions))), heading, colour=ORANGE)


def plot_confused_pairs(images: Tensor, evaluation: EvaluationResult, pairs: int = 5, columns: int = 8) -> Figure:
    """The most frequent kinds of mistakes, one row each, with images of them."""
    shown = evaluation.confused_pairs[:pairs]
    if not shown:
        return _note("no two classes were confused")
    figure, axes = _table(CELL * (columns + 2), CELL * len(shown), "most confused pairs: right class → guess")
    for row, pair in enumerate(shown):
        label, guess = evaluation.classes.index(pair.true), evaluation.classes.index(pair.predicted)
        found = [
            at for at, both in enumerate(zip(evaluation.labels, evaluation.predicted, strict=True)) if both == (label, guess)
        ]
        what = _text(f"{pair.true} → {pair.predicted}\n{pair.count}×")
        axes.text(CELL, CELL * (row + 0.5), what, ha="center", va="center", fontsize=9)
        for column, at in enumerate(found[:columns], start=2):
            _draw_image(axes, _unit(images[at : at + 1])[0], CELL * column, CELL * row)
    return figure


# --- Training -------------------------------------------------------------------------------------------------------------


def plot_training(histories: Mapping[str, History]) -> Figure:
    """Loss and accuracy per epoch: validation as a line, training dashed; the kept epoch is marked."""
    figure = _figure(8, 3.2)
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    for (name, history), colour in zip(histories.items(), _colours(len(histories)), strict=True):
        epochs = range(1, history.epochs + 1)
        for axes, train, validation in (
            (loss_axes, history.train_loss, history.val_loss),
            (accuracy_axes, history.train_accuracy, history.val_accuracy),
        ):
            marker = "." if history.epochs == 1 else ""  # a line of one point would not be seen
            axes.plot(epochs, train, linestyle="--", color=colour, alpha=0.6, marker=marker, label=f"{name}, training")
            axes.plot(epochs, validation, color=colour, marker=marker, label=f"{name}, validation")
            if history.best_epoch:
                axes.plot(history.best_epoch, validation[history.best_epoch - 1], "o", color=colour, markersize=5)
    loss_axes.set(title="loss (training: with label smoothing)", xlabel="epoch")
    accuracy_axes.set(title="accuracy (circle: the epoch kept)", xlabel="epoch")
    for axes in (loss_axes, accuracy_axes):
        _tidy(axes)
        axes.xaxis.get_major_locator().set_params(integer=True)
    accuracy_axes.legend(fontsize=7, frameon=False)
    return figure


# --- Evaluation -----------------------------------------------------------------------------------------------------------


def plot_confusion_matrix(evaluation: EvaluationResult) -> Figure:
    """Rows: right classes, columns: predicted ones; colour is the share of the row, numbers are counts (up to 20 classes)."""
    matrix = np.array(evaluation.confusion_matrix)
    shares = matrix / matrix.sum(axis=1, keepdims=True).clip(min=1)
    size = len(matrix)
    side = min(10.0, 2.0 + 0.3 * size)
    figure = _figure(side, side)
    axes = figure.subplots()
    axes.imshow(shares**0.5, cmap="Blues", vmin=0, vmax=1)  # the root makes rare mistakes visible
    if size <= 20:
        for row, column in zip(*matrix.nonzero(), strict=True):
            colour = "white" if shares[row, column] > 0.4 else INK
            axes.text(column, row, f"{matrix[row, column]}", ha="center", va="center", fontsize=7, color=colour)
    names = [_text(name) for name in evaluation.classes]
    axes.set_xticks(range(size), names, fontsize=8 if size <= 30 else 5, rotation=0 if max(map(len, names)) < 4 else 90)
    axes.set_yticks(range(size), names, fontsize=8 if size <= 30 else 5)
    axes.set(xlabel="predicted", ylabel="right")
    axes.set_title(f"confusion matrix, accuracy {evaluation.accuracy:.1%}", fontsize=9)
    return figure


def plot_roc_curves(evaluation: EvaluationResult) -> Figure:
    """One-vs-rest ROC curves, the left edge enlarged, where everything happens; the ten lowest AUCs by name."""
    figure = _figure(5.2, 4.2)
    axes = figure.subplots()
    worst = sorted(evaluation.roc_curves.items(), key=lambda item: item[1].auc)[:10]
    for (name, curve), colour in zip(worst, _colours(len(worst)), strict=True):
        axes.plot(
            curve.false_positive_rate,
            curve.true_positive_rate,
            color=colour,
            linewidth=1,
            label=_text(f"{name}: {curve.auc:.4f}"),
        )
    for name, average, style in (("micro average", evaluation.roc_micro, "-"), ("macro average", evaluation.roc_macro, "--")):
        if average is not None:
            label = f"{name}: {average.auc:.4f}"
            axes.plot(average.false_positive_rate, average.true_positive_rate, style, color=INK, linewidth=1.6, label=label)
    _tidy(axes)
    axes.set_xscale("symlog", linthresh=1e-3)
    lowest = min((np.interp(0.0, curve.false_positive_rate, curve.true_positive_rate) for _, curve in worst), default=0.0)
    axes.set(
        xlim=(0, 1),
        ylim=(max(0.0, np.floor(10 * lowest) / 10 - 0.2), 1.01),
        xlabel="false positive rate (logarithmic from 0.001)",
        ylabel="true positive rate",
    )
    axes.set_title("one-vs-rest ROC curves with AUC", fontsize=9)
    axes.legend(fontsize=7, frameon=False, loc="lower right")
    return figure


def plot_reliability(evaluation: EvaluationResult) -> Figure:
    """Accuracy against confidence; on the diagonal, "90 % sure" means right nine times in ten."""
    figure = _figure(5.2, 4.2)
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    bins = [member for member in evaluation.calibration.bins if member.count]
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfectly calibrated")
    axes.plot([member.confidence for member in bins], [member.accuracy for member in bins], "o-", color=BLUE, label="this model")
    axes.set(ylabel="accuracy", title=f"calibration, expected error {evaluation.calibration.expected_calibration_error:.3f}")
    axes.legend(fontsize=7, frameon=False)
    counts.bar(
        [member.lower for member in bins],
        [member.count for member in bins],
        width=[member.upper - member.lower for member in bins],
        align="edge",
        color=BLUE,
    )
    counts.set_yscale("log")
    counts.set(xlabel="confidence", ylabel="images", xlim=(0, 1))
    _tidy(axes)
    _tidy(counts)
    return figure


def plot_comparison(results: Mapping[str, ModelResult]) -> Figure:
    """Accuracy with its 95 % interval, parameters, training seconds and images per second, a row per model."""
    done = [(name, result, result.evaluation) for name, result in results.items() if result.evaluation is not None]
    if not done:
        return _note("no model was trained to the end")
    figure = _figure(10, 1.0 + 0.4 * len(done))
    accuracy_axes, *bar_axes = figure.subplots(1, 4, sharey=True, width_ratios=[1.4, 1, 1, 1])
    places = list(range(len(done)))[::-1]
    colours = _colours(len(done))
    for place, (_, _, evaluation), colour in zip(places, done, colours, strict=True):
        low, high = (100 * end for end in evaluation.accuracy_interval)
        accuracy_axes.plot([low, high], [place, place], color=colour, linewidth=2)
        accuracy_axes.plot(100 * evaluation.accuracy, place, "o", color=colour)
        accuracy_axes.annotate(
            f"{100 * evaluation.accuracy:.1f}", (high, place), (6, 0), textcoords="offset points", va="center", fontsize=8
        )
    accuracy_axes.set_title("test accuracy, % (line: 95 % interval)")
    accuracy_axes.margins(x=0.25, y=0.3)
    accuracy_axes.set_yticks(places, [_text(name) for name, _, _ in done])
    for axes, title, values, form in (
        (bar_axes[0], "parameters", [result.parameters for _, result, _ in done], "{:,.0f}"),
        (bar_axes[1], "training, seconds", [result.training_seconds for _, result, _ in done], "{:.1f}"),
        (bar_axes[2], "inference, images/s", [result.images_per_second for _, result, _ in done], "{:,.0f}"),
    ):
        bars = axes.barh(places, values, color=colours, height=0.6)
        axes.bar_label(bars, [form.format(value) for value in values], padding=3, fontsize=8)
        axes.set_title(title)
        axes.margins(x=0.5)
        axes.set_xticks([])
    for axes in (accuracy_axes, *bar_axes):
        _tidy(axes)
        axes.tick_params(axis="y", length=0)
    return figure


# --- Helpers --------------------------------------------------------------------------------------------------------------


def collect_images(loader: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """All images of a loader as (N, C, H, W), in [0, 1] or uint8, as they were before normalisation where that is known."""
    samples = getattr(loader, "samples", None)
    if isinstance(samples, Samples):
        return samples.images
    images = torch.cat([images for images, _ in loader])
    return (images - images.min()) / (images.max() - images.min()).clamp(min=1e-6)


class _NotebookFigure(Figure):
    """A figure that a notebook shows as the result of a cell; matplotlib's own do so only after pyplot was imported."""

    def _repr_png_(self) -> bytes:
        return _png(self)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()


def _figure(width: float, height: float) -> Figure:
    """Inches."""
    return _NotebookFigure(figsize=(width, height), layout="constrained")


def _table(width: float, height: float, heading: str) -> tuple[Figure, Axes]:
    """A heading, and below it one pair of axes in inches from the top left corner: a hundred pairs of axes would take seconds."""
    whole = max(width, 0.07 * len(heading)), height + 0.3
    figure = _NotebookFigure(figsize=whole)
    figure.text(0.5, 1 - 0.05 / whole[1], _text(heading), fontsize=9, ha="center", va="top")
    place = (0.5 - width / whole[0] / 2, 0, width / whole[0], height / whole[1])
    axes = figure.add_axes(place, xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    axes.axis("off")
    return figure, axes


def _draw_image(axes: Axes, image: Tensor, left: float, top: float) -> None:
    """One image (C, H, W), in the middle of its cell in a table."""
    high, wide = (0.9 * CELL * side / max(image.shape[1:]) for side in image.shape[1:])
    left, top = left + (CELL - wide) / 2, top + (CELL - high) / 2
    place = (left, left + wide, top + high, top)
    axes.imshow(_for_matplotlib(image), cmap="gray_r", vmin=0, vmax=1, interpolation="nearest", aspect="auto", extent=place)


def _note(text: str) -> Figure:
    """A figure that says that there is nothing to show."""
    figure = _figure(5, 1)
    figure.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
    return figure


def _colours(count: int) -> list[str]:
    return [CYCLE[at % len(CYCLE)] for at in range(count)]


def _tidy(axes: Axes) -> None:
    """No box around the data, a quiet grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e3e6ea", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
    axes.title.set_fontsize(9)


def _text(name: str) -> str:
    """Text that matplotlib prints as it is: a `$` would begin a formula."""
    return name.replace("$", r"\$")


def _unit(images: Tensor) -> Tensor:
    """(N, C, H, W) float in [0, 1]."""
    return images.float() / 255 if images.dtype == torch.uint8 else images.float().clamp(0, 1)


def _for_matplotlib(image: Tensor) -> np.ndarray:
    """(C, H, W) -> (H, W), dark ink on white; colour images stay as they are, (H, W, 3)."""
    return image[0].numpy() if len(image) != 3 else image.permute(1, 2, 0).numpy()
