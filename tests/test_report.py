"""Figures and reports: everything shown is there, whatever classes are called, and needs nothing from elsewhere."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from handwriting_workshop import plots
from handwriting_workshop.evaluator import evaluate_predictions, worst_mistakes
from handwriting_workshop.report import Picture, Section, comparison_table, plain_table, remarks, text_report, write_html
from handwriting_workshop.results import EvaluationResult, History, ModelResult
from handwriting_workshop.samples import Samples
from tests.helpers import easy_samples

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font")

CLASSES = ("$", "<b>", "a_b", "多")
"""Names that mean something to matplotlib, to HTML, to neither; and one that needs another font."""


@pytest.fixture
def evaluation() -> EvaluationResult:
    """60 images of four oddly named classes, about half of them read rightly."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 4
    logits = torch.randn(60, 4, generator=generator, dtype=torch.float64)
    logits[torch.arange(60), labels] += 1
    return evaluate_predictions(logits.softmax(dim=1), labels, CLASSES)


@pytest.fixture
def model_result(evaluation: EvaluationResult) -> ModelResult:
    """A model with everything."""
    history = History(
        train_loss=(2.0, 1.0),
        train_accuracy=(0.3, 0.5),
        val_loss=(1.5, 0.9),
        val_accuracy=(0.4, 0.55),
        learning_rate=(0.1, 0.0),
        seconds=(1.0, 1.0),
        best_epoch=2,
    )
    return ModelResult(
        name="good",
        type="simple_cnn",
        parameters=1234,
        training_seconds=2.0,
        images_per_second=99.0,
        history=history,
        evaluation=evaluation,
    )


def drawn(figure: Figure, path: Path) -> int:
    """How many different grey levels the figure's picture has."""
    with Image.open(plots.save_figure(figure, path)) as picture:
        return len(picture.convert("L").getcolors())


def test_every_figure_can_be_drawn_with_any_class_names(
    evaluation: EvaluationResult, model_result: ModelResult, tmp_path: Path
) -> None:
    """No figure fails on `$` (the beginning of a formula) or `_`, and none is blank."""
    evaluation = model_result.evaluation
    assert evaluation is not None
    images = easy_samples(per_class=15).images
    samples = Samples(images, torch.arange(60) % 4, CLASSES)
    figures = {
        "samples": plots.plot_samples(samples),
        "augmentation": plots.plot_augmentation(images[:2].float() / 255, [images[:2].float() / 255] * 3),
        "training": plots.plot_training({"$x": model_result.history or History()}),
        "matrix": plots.plot_confusion_matrix(evaluation),
        "roc": plots.plot_roc_curves(evaluation),
        "reliability": plots.plot_reliability(evaluation),
        "mistakes": plots.plot_mistakes(images, evaluation, worst_mistakes(evaluation)),
        "pairs": plots.plot_confused_pairs(images, evaluation),
        "comparison": plots.plot_comparison({"good": model_result}),
    }
    levels = {name: drawn(figure, tmp_path / f"{name}.png") for name, figure in figures.items()}
    assert min(levels.values()) > 5, levels


def test_a_notebook_shows_a_figure_as_a_picture(evaluation: EvaluationResult) -> None:
    """Jupyter asks a result for its PNG."""
    assert plots.plot_confusion_matrix(evaluation)._repr_png_().startswith(b"\x89PNG")


def test_the_first_sample_picture_of_each_class_is_shown_before_the_second_of_any() -> None:
    """One row of four shows each of four classes, though the samples are sorted by class."""
    samples = easy_samples()
    figure = plots.plot_samples(samples[samples.labels.argsort()], rows=1, columns=4)
    assert sorted(text.get_text() for text in figure.axes[0].texts) == list(samples.classes)


def test_a_perfect_model_has_a_figure_without_mistakes(tmp_path: Path) -> None:
    """Nothing to show is said, not crashed on."""
    perfect = evaluate_predictions(torch.eye(2, dtype=torch.float64)[[0, 1]], torch.tensor([0, 1]), ("a", "b"))
    images = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    for figure in (
        plots.plot_mistakes(images, perfect, []),
        plots.plot_confused_pairs(images, perfect),
        plots.plot_comparison({}),
    ):
        assert drawn(figure, tmp_path / "x.png") > 5


def test_the_text_report_has_every_class_and_average(model_result: ModelResult) -> None:
    """Classes, macro and weighted averages, accuracy with its interval, the most confused pairs."""
    text = text_report(model_result)
    for expected in (*CLASSES, "macro", "weighted", "95 % interval", "most confused", "1,234", "calibration error"):
        assert expected in text


def test_the_text_report_of_a_failure_says_why() -> None:
    """The error, and no empty figures."""
    text = text_report(ModelResult(name="bad", type="vit", error="RuntimeError: out of memory"))
    assert "failed: RuntimeError: out of memory" in text
    assert "accuracy" not in text


def test_what_the_comparison_does_not_say_stands_below_it(model_result: ModelResult) -> None:
    """Classes without test images, and models that were tested in another order."""
    assert model_result.evaluation is not None
    assert remarks({"good": model_result}) == []
    probabilities = torch.eye(4, dtype=torch.float64)[[0, 1, 0]]
    few = evaluate_predictions(probabilities, torch.tensor([0, 1, 0]), CLASSES)
    turned = evaluate_predictions(probabilities, torch.tensor([0, 0, 1]), CLASSES)
    assert remarks({"a": replace(model_result, evaluation=few), "b": replace(model_result, evaluation=turned)}) == [
        "2 of 4 classes have no test images: macro F1 counts them as 0, macro AUC leaves them out.",
        "Tested on other images than the best one, or in another order, and so not compared: b.",
    ]


def test_the_comparison_has_the_best_first_and_failures_apart(model_result: ModelResult) -> None:
    """Marks: `=` where it cannot be told from the best, `✓` for the one that validation chose."""
    assert model_result.evaluation is not None
    worse = replace(model_result, name="worse", evaluation=replace(model_result.evaluation, accuracy=0.01))
    results = {"bad": ModelResult(name="bad", type="vit", error="no memory"), "worse": worse, "good": model_result}
    rows = comparison_table(results, ["good", "other"], "good")
    assert [row[0] for row in rows] == ["model", "good = ✓", "worse"]
    assert remarks(results) == ["bad failed: no memory"]


def test_a_plain_table_is_aligned() -> None:
    """The first column to the left, the others to the right, a line under the headings."""
    assert plain_table([["name", "n"], ["a", "1"], ["bb", "10"]]).splitlines() == ["name   n", "--------", "a      1", "bb    10"]


def test_the_html_report_is_one_file_that_needs_nothing_else(tmp_path: Path, evaluation: EvaluationResult) -> None:
    """Pictures are in it, links go to its own sections, and no address outside of it is named."""
    path = plots.save_figure(plots.plot_confusion_matrix(evaluation), tmp_path / "matrix.png")
    section = Section("Results", "All of them.", [["class"], *([name] for name in CLASSES)], [Picture.from_png(path, "matrix")])
    page = write_html(tmp_path / "report.html", "Title", "Intro", [section], "Footer").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in sources)
    assert "http" not in page.replace("data:image", "")


def test_the_html_report_escapes_what_it_is_given(tmp_path: Path) -> None:
    """A class called <script> is text, not a program."""
    section = Section("<script>alert(1)</script>", "a & b", [["<i>"], ["<img src=x>"]])
    page = write_html(tmp_path / "report.html", "<t>", "", [section], "").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "<img src=x>" not in page
    assert "a &amp; b" in page
