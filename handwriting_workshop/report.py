"""What a run leaves to read: a text per model, and one HTML file that shows everything and opens without a server."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.results import EvaluationResult, ModelResult

TEMPLATE = Path(__file__).parent / "data" / "report.html.j2"


@dataclass
class Section:
    """A part of the report: a heading, sentences, figures and tables, in this order."""

    title: str
    text: str = ""
    table: list[list[str]] = field(default_factory=list)
    """Rows of cells; the first row holds the headings."""
    figures: list["Picture"] = field(default_factory=list)


@dataclass
class Picture:
    """A picture that is part of the HTML text."""

    caption: str
    url: str
    """The PNG itself, as a data URL."""
    width: int
    """On the page, in CSS pixels."""

    @classmethod
    def from_png(cls, path: str | os.PathLike[str], caption: str, *, pixels_per_inch: float = 84) -> "Picture":
        """A PNG file at a size on the page that goes by its size on paper."""
        with Image.open(path) as picture:
            width = round(picture.width / picture.info["dpi"][0] * pixels_per_inch)
        return cls(caption, "data:image/png;base64," + base64.b64encode(Path(path).read_bytes()).decode(), width)


def text_report(result: ModelResult) -> str:
    """Everything about one model on a page of plain text."""
    lines = [f"{result.name} ({result.type})", "=" * (len(result.name) + len(result.type) + 3), ""]
    if result.error:
        return "\n".join([*lines, f"failed: {result.error}", ""])
    lines += [f"parameters           {result.parameters:>12,}", f"training seconds     {result.training_seconds:>12.1f}"]
    if result.history is not None:
        history = result.history
        ended = "stopped early" if history.stopped_early else "all epochs done"
        lines += [
            f"epochs               {history.epochs:>12} ({ended}; epoch {history.best_epoch} was kept)",
            f"validation accuracy  {max(history.val_accuracy):>12.2%}",
        ]
    if result.evaluation is not None:
        lines += [f"inference, images/s  {result.images_per_second:>12,.0f}", "", evaluation_report(result.evaluation)]
    return "\n".join([*lines, ""])


def evaluation_report(evaluation: EvaluationResult) -> str:
    """The figures of one evaluation as plain text."""
    low, high = evaluation.accuracy_interval
    width = max(9, *(len(name) for name in evaluation.classes))
    auc = "undefined" if evaluation.roc_macro is None else f"{evaluation.roc_macro.auc:.4f}"
    lines = [
        f"test images          {len(evaluation.labels):>12,}",
        f"test accuracy        {evaluation.accuracy:>12.2%} (95 % interval {low:.2%} to {high:.2%})",
        *(f"top-{k} accuracy       {share:>12.2%}" for k, share in evaluation.top_k.items() if k > 1),
        f"cross-entropy        {evaluation.loss:>12.4f}",
        f"macro AUC            {auc:>12}",
        f"calibration error    {evaluation.calibration.expected_calibration_error:>12.4f}",
        "",
        f"{'class':<{width}}  precision   recall       F1      AUC   images",
    ]
    for member in evaluation.per_class:
        auc = "–" if member.auc is None else f"{member.auc:.4f}"
        lines.append(
            f"{member.name:<{width}}  {member.precision:>9.4f}{member.recall:>9.4f}{member.f1:>9.4f}{auc:>9}{member.support:>9,}"
        )
    for name, average in (("macro", evaluation.macro), ("weighted", evaluation.weighted)):
        lines.append(f"{name:<{width}}  {average.precision:>9.4f}{average.recall:>9.4f}{average.f1:>9.4f}")
    if evaluation.confused_pairs:
        lines += ["", "most confused (right class → guess)"]
        lines += [f"{pair.true} → {pair.predicted}  {pair.count:>5}×" for pair in evaluation.confused_pairs[:8]]
    return "\n".join(lines)


def comparison_table(results: Mapping[str, ModelResult], tied: list[str], chosen: str | None) -> list[list[str]]:
    """Rows of the table that compares the models that did not fail: headings, then the highest test accuracy first."""
    rows = [["model", "validation", "test accuracy", "95 % interval", "macro F1", "parameters", "training", "images/s"]]
    done = [(result, result.evaluation, result.history) for result in results.values() if result.evaluation and result.history]
    for result, evaluation, history in sorted(done, key=lambda member: -member[1].accuracy):
        marks = (" =" if result.name in tied and len(tied) > 1 else "") + (" ✓" if result.name == chosen else "")
        low, high = evaluation.accuracy_interval
        rows.append(
            [
                result.name + marks,
                f"{max(history.val_accuracy):.1%}",
                f"{evaluation.accuracy:.1%}",
                f"{low:.1%} – {high:.1%}",
                f"{evaluation.macro.f1:.3f}",
                f"{result.parameters:,}",
                f"{result.training_seconds:.1f} s",
                f"{result.images_per_second:,.0f}",
            ]
        )
    return rows


def remarks(results: Mapping[str, ModelResult]) -> list[str]:
    """Sentences below the comparison: models that failed, classes that nobody was tested on, models that were not compared."""
    sentences = [f"{name} failed: {result.error}" for name, result in results.items() if result.error is not None]
    evaluations = {name: result.evaluation for name, result in results.items() if result.evaluation is not None}
    if not evaluations:
        return sentences
    best = max(evaluations.values(), key=lambda evaluation: evaluation.accuracy)
    absent = sum(member.support == 0 for member in best.per_class)
    if absent:
        sentences.append(
            f"{absent} of {len(best.classes)} classes have no test images: macro F1 counts them as 0, macro AUC leaves them out."
        )
    if others := [name for name, evaluation in evaluations.items() if evaluation.labels != best.labels]:
        sentences.append(
            f"Tested on other images than the best one, or in another order, and so not compared: {', '.join(others)}."
        )
    return sentences


def plain_table(rows: list[list[str]]) -> str:
    """Rows of cells as aligned text, the first column to the left, a line under the headings."""
    first, *others = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells in rows:
        padded = [name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, others, strict=True))]
        lines.append("  ".join(padded).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write_html(path: str | os.PathLike[str], title: str, introduction: str, sections: list[Section], footer: str) -> Path:
    """One self-contained HTML file; all of it, or nothing."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    page = template.render(title=title, introduction=introduction, sections=sections, footer=footer)
    return write_atomically(path, page.encode())
