"""The six steps in order, for a notebook or a script; the only module that imports all the others."""

import csv
import itertools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from handwriting_workshop import __version__, plots, report
from handwriting_workshop.checkpoints import load_checkpoint, software_versions, write_atomically
from handwriting_workshop.data_loader import DEFAULT_AUGMENTATION, Loaders, make_loaders, split_samples
from handwriting_workshop.dataset_creator import HandwritingDatasetCreator, create_handwriting_dataset
from handwriting_workshop.devices import choose_device, isolated_random_state
from handwriting_workshop.evaluator import choose_on_validation, tied_with_best, worst_mistakes
from handwriting_workshop.images import to_picture
from handwriting_workshop.models import create_model
from handwriting_workshop.profiling import model_table, profile_model
from handwriting_workshop.results import ModelResult
from handwriting_workshop.samples import Samples, check_outside, check_replaceable
from handwriting_workshop.sheets import font_for
from handwriting_workshop.sources import load_samples
from handwriting_workshop.synthetic import CHARACTER_SETS, create_synthetic_samples
from handwriting_workshop.trainer import MultiModelTrainer

FRACTIONS = (0.7, 0.1, 0.2)
"""Shares of training, validation and test images: 3,500, 500 and 1,000 of the embedded digits."""

COMPLETE_MODELS: tuple[dict[str, Any], ...] = (
    {"name": "simple_cnn", "type": "simple_cnn", "epochs": 20},
    {"name": "improved_cnn", "type": "improved_cnn", "epochs": 15, "learning_rate": 6e-3},
    {"name": "resnet18", "type": "resnet18", "epochs": 12},
    {"name": "vit_mini", "type": "vit_mini", "epochs": 60, "learning_rate": 2e-3, "patience": 60},
)
"""One of each family, trained for longer than in the demo."""

DEMO_MODELS: tuple[dict[str, Any], ...] = (
    {"name": "simple_cnn", "type": "simple_cnn", "epochs": 5},
    {"name": "improved_cnn", "type": "improved_cnn", "epochs": 4, "learning_rate": 6e-3},
    {"name": "resnet18", "type": "resnet18", "epochs": 4},
    {"name": "vit_mini", "type": "vit_mini", "epochs": 20, "learning_rate": 2e-3, "patience": 20},
)
"""The same, trained for a minute and a half, or four on a slow machine."""


class HandwritingWorkshop:
    """All six steps on one source of handwriting, everything written into one folder.

    Each step is a method that shows what it did and writes its pictures; a step that needs an earlier one runs it first.
    """

    def __init__(
        self,
        output_dir: str | os.PathLike[str] = "my_workshop_results",
        *,
        source: str | os.PathLike[str] = "mnist",
        image_size: int | None = None,
        models: Sequence[Mapping[str, Any]] = COMPLETE_MODELS,
        device: str = "auto",
        seed: int = 0,
    ) -> None:
        self.output_dir = Path(output_dir)
        self.source = source
        self.image_size = image_size
        self.models = models
        self.device = str(choose_device(device))
        self.seed = seed
        self.samples: Samples | None = None
        self.loaders: Loaders | None = None
        self.results: dict[str, ModelResult] = {}
        self.sections: list[report.Section] = []

    def run_complete_workshop(self, *, resume: bool = False) -> Path:
        """All six steps in order; the path of the report that shows them.

        With `resume`, models that an interrupted run has finished are kept, and the unfinished one goes on where it was.
        """
        started = time.perf_counter()
        self.sections = []
        with _step(1, "data: handwriting, real and drawn"):
            self.create_data()
        with _step(2, "preparation: split, normalise, augment"):
            self.prepare_data()
        with _step(3, "models: from a simple CNN to a Vision Transformer"):
            self.build_models()
        with _step(4, "training"):
            self.train_models(resume=resume)
        with _step(5, "evaluation: what the models get right and wrong"):
            self.evaluate_models()
        with _step(6, "your own data: sample sheet and pictures"):
            self.create_own_data()
        path = self.write_report(time.perf_counter() - started)
        print(f"\nAll of it, with pictures, is in\n  {path.resolve()}")
        return path

    def create_data(self) -> Samples:
        """Step 1: load the source, and draw synthetic handwriting to look at beside it."""
        check_outside(self.output_dir, self.source)
        self.samples = load_samples(self.source, image_size=self.image_size)
        shown = [name for name, count in zip(self.samples.classes, self.samples.class_counts().tolist(), strict=True) if count]
        if len(shown) < 2:
            raise ValueError(f"models tell classes apart, and {self.source} has images of only one: {', '.join(shown)}")
        drawn = create_synthetic_samples("mixed", per_class=4, image_size=self.samples.images.shape[-1], seed=self.seed)
        text = f"{len(self.samples):,} images in {len(self.samples.classes)} classes, from {self.source}."
        section = self._section("Step 1 · Data", text)
        self._add(section, plots.plot_samples(self.samples, seed=self.seed), "data/samples.png", "what the models learn to read")
        caption = "drawn by synthetic.py from strokes"
        self._add(section, plots.plot_samples(drawn, rows=4, seed=self.seed), "data/synthetic.png", caption)
        print(f"  {self.samples!r} from {self.source}")
        return self.samples

    def prepare_data(self) -> Loaders:
        """Step 2: split, normalise, augment, and make loaders."""
        samples = self.samples if self.samples is not None else self.create_data()
        splits = split_samples(samples, FRACTIONS, seed=self.seed)
        self.loaders = make_loaders(splits, seed=self.seed, source=str(self.source))
        normalization = self.loaders.normalization
        section = self._section(
            "Step 2 · Preparation",
            "Stratified, without a copy of one image on two sides; normalised by the training images only: "
            f"mean {', '.join(f'{value:.3f}' for value in normalization.mean)}, "
            f"standard deviation {', '.join(f'{value:.3f}' for value in normalization.std)}.",
        )
        parts = {"training": splits.train, "validation": splits.validation, "test": splits.test}
        section.table = [["part", "images", "fewest of a class", "most of a class"]]
        for name, part in parts.items():
            counts = part.class_counts()
            section.table.append([name, f"{len(part):,}", str(int(counts.min())), str(int(counts.max()))])
        originals = splits.train.images[:: max(1, len(splits.train) // 4)][:4].float() / 255
        with isolated_random_state(self.seed):
            variants = [DEFAULT_AUGMENTATION(originals) for _ in range(11)]
        self._add(
            section, plots.plot_augmentation(originals, variants), "data/augmentation.png", "another picture in every epoch"
        )
        print("  " + ", ".join(f"{name} {len(part):,}" for name, part in parts.items()) + " images")
        return self.loaders

    def build_models(self) -> dict[str, nn.Module]:
        """Step 3: build each model once, untrained, and show its size."""
        samples = self.samples if self.samples is not None else self.create_data()
        _, channels, size, _ = samples.images.shape  # the size of a data set on disk is its own
        shape: dict[str, Any] = {"image_size": size, "in_channels": channels}
        types = list(dict.fromkeys(str(config["type"]) for config in self.models))
        built = {name: create_model(name, len(samples.classes), **shape) for name in types}
        profiles = [profile_model(name, len(samples.classes), speed=False, **shape) for name in types]
        rows = [row[:3] for row in model_table(profiles)]
        text = f"For images of {channels}×{size}×{size}. The command `workshop models` measures their speed on your machine."
        self._section("Step 3 · Models", text).table = rows
        print(_indented(report.plain_table(rows)))
        return built

    def train_models(self, *, resume: bool = False) -> dict[str, ModelResult]:
        """Step 4: train each model, keep its best weights, and test it."""
        loaders = self.loaders or self.prepare_data()
        trainer = MultiModelTrainer(self.output_dir, device=self.device, seed=self.seed)
        configs = [{"num_classes": len(loaders.train.classes)} | dict(config) for config in self.models]
        self.results = trainer.train_multiple_models(configs, loaders.train, loaders.validation, loaders.test, resume=resume)
        section = self._section("Step 4 · Training", "The weights of the epoch with the best validation accuracy were kept.")
        for name, result in self.results.items():
            if result.history is not None:
                figure = plots.plot_training({name: result.history})
                self._add(section, figure, f"{name}/training_curves.png", name)
        return self.results

    def evaluate_models(self) -> dict[str, ModelResult]:
        """Step 5: compare the models on the test images, and look at the mistakes of each."""
        results = self.results or self.train_models()
        loaders = self.loaders
        assert loaders is not None  # training made them
        tied, chosen = tied_with_best(results), choose_on_validation(results)
        section = self._section("Step 5 · Comparison", _comparison_text(results, tied, chosen))
        section.table = report.comparison_table(results, tied, chosen)
        self._add(section, plots.plot_comparison(results), "comparison.png", "what each model can do, and what it costs")
        print(_indented("\n".join([report.plain_table(section.table), *report.remarks(results)])))
        images = plots.collect_images(loaders.test)
        for name, result in results.items():
            self._evaluate_one(name, result, images)
        return results

    def _evaluate_one(self, name: str, result: ModelResult, images: torch.Tensor) -> None:
        """Texts and figures of one model."""
        text = report.text_report(result)
        write_atomically(self.output_dir / name / "report.txt", text.encode())
        evaluation = result.evaluation
        if evaluation is None:
            self._section(f"{name}", f"Failed: {result.error}")
            return
        section = self._section(name, f"{evaluation.accuracy:.1%} of {len(evaluation.labels):,} test images read rightly.")
        section.table = [["class", "precision", "recall", "F1", "AUC", "images"]] + [
            [
                member.name,
                f"{member.precision:.3f}",
                f"{member.recall:.3f}",
                f"{member.f1:.3f}",
                "–" if member.auc is None else f"{member.auc:.4f}",
                str(member.support),
            ]
            for member in evaluation.per_class
        ]
        worst = worst_mistakes(evaluation)
        for figure, file, caption in (
            (plots.plot_confusion_matrix(evaluation), "confusion_matrix.png", "which class is read as which"),
            (plots.plot_roc_curves(evaluation), "roc_curves.png", "one class against the rest"),
            (plots.plot_reliability(evaluation), "reliability.png", "is it as sure as it should be?"),
            (plots.plot_mistakes(images, evaluation, worst), "mistakes.png", "the most confident mistakes"),
            (plots.plot_confused_pairs(images, evaluation), "confused_pairs.png", "the most confused pairs"),
        ):
            self._add(section, figure, f"{name}/{file}", caption)

    def create_own_data(self) -> HandwritingDatasetCreator:
        """Step 6: a sheet to write on, and a data set from pictures, as you would make it from your own.

        The pictures are test images, written dark on light and eight times as large; the model that validation chose reads
        the data set made from them.
        """
        loaders = self.loaders or self.prepare_data()
        folder = self.output_dir / "own_data"
        test = loaders.test.samples
        labels_file = _write_pictures(test[_first_of_each_class(test, 10)], folder / "pictures")
        creator = create_handwriting_dataset(
            _replaceable(folder / "dataset"),
            "from_images",
            images_dir=folder / "pictures",
            labels_file=labels_file,
            image_size=test.images.shape[-1],
        )
        summary = "" if creator.collected is None else creator.collected.summary()
        text = f"From the pictures in own_data/pictures: {summary.splitlines()[0]}.{self._reading_test(creator.samples)}"
        section = self._section("Step 6 · Your own data", text)
        caption = "cut out, turned bright on dark, centred"
        self._add(section, plots.plot_samples(creator.samples, rows=3), "own_data/samples.png", caption)
        characters = [name for name in test.classes if len(name) == 1 and font_for(name)] or list(CHARACTER_SETS["numbers"])
        (document,) = creator.create_sample_sheet(folder / "sample_sheet.pdf", characters)
        first_page, *_ = creator.create_sample_sheet(folder / "sample_sheet.png", characters)
        caption = "print sample_sheet.pdf, write on it, and train on your own hand"
        section.figures.append(report.Picture.from_png(first_page, caption, pixels_per_inch=48))
        print(_indented(f"{summary}\na sheet to print: {document}"))
        return creator

    def _reading_test(self, own: Samples) -> str:
        """A sentence on how the chosen model reads the new data set, if there is a model."""
        chosen = choose_on_validation(self.results)
        checkpoint = None if chosen is None else self.results[chosen].checkpoint
        classes = self.loaders.train.classes if self.loaders is not None else ()
        if checkpoint is None:
            return ""
        guesses = load_checkpoint(self.output_dir / checkpoint).predict(own.images).argmax(dim=1)
        right = sum(
            classes[guess] == own.classes[label] for guess, label in zip(guesses.tolist(), own.labels.tolist(), strict=True)
        )
        return f" {chosen} reads {right} of these {len(own)} rightly."

    def write_report(self, seconds: float | None = None) -> Path:
        """One HTML file with everything that the steps so far have shown."""
        versions = ", ".join(f"{name} {version}" for name, version in software_versions().items())
        took = "" if seconds is None else f" in {seconds:.0f} seconds"
        return report.write_html(
            self.output_dir / "report.html",
            "Handwriting workshop",
            f"From images to compared models{took}. Each picture and each model is also a file in {self.output_dir}.",
            self.sections,
            f"Workshop {__version__}; {versions}; {torch.get_num_threads()} threads; seed {self.seed}.",
        )

    def _section(self, title: str, text: str) -> report.Section:
        """A new section of the report; a step that runs again replaces what it said before, in the same place."""
        section = report.Section(title, text)
        titles = [each.title for each in self.sections]
        if title in titles:
            self.sections[titles.index(title)] = section
        else:
            self.sections.append(section)
        return section

    def _add(self, section: report.Section, figure: Figure, file: str, caption: str) -> None:
        """A figure for both, the report and a file of its own."""
        path = plots.save_figure(figure, self.output_dir / file)
        section.figures.append(report.Picture.from_png(path, caption))


def run_quick_demo(output_dir: str | os.PathLike[str] = "demo_results", *, device: str = "auto", seed: int = 0) -> Path:
    """The whole workshop in two to five minutes on two CPU cores: four models on 5,000 real digits; the report's path."""
    return HandwritingWorkshop(output_dir, models=DEMO_MODELS, device=device, seed=seed).run_complete_workshop()


def _comparison_text(results: Mapping[str, ModelResult], tied: Sequence[str], chosen: str | None) -> str:
    """What the comparison means, in sentences."""
    evaluation = None if chosen is None else results[chosen].evaluation
    if evaluation is None:
        return " ".join(["No model was trained to the end.", *report.remarks(results)])
    sentences = [
        f"Validation chose {chosen} (✓); on the test images, which had no say in it, it reads {evaluation.accuracy:.1%} rightly."
    ]
    if len(tied) > 1:
        sentences.append(f"A paired bootstrap cannot tell these from the best (=): {', '.join(tied)}.")
    return " ".join([*sentences, *report.remarks(results)])


def _first_of_each_class(samples: Samples, count: int) -> torch.Tensor:
    """Positions of the first few images of each class."""
    return torch.cat([(samples.labels == label).nonzero().flatten()[:count] for label in range(len(samples.classes))])


def _replaceable(folder: Path) -> Path:
    """The folder, or the first of `folder-2`, `folder-3` … in which nobody has put anything of their own."""
    for number in itertools.count(2):
        with suppress(FileExistsError):
            check_replaceable(folder)
            break
        folder = folder.with_name(f"{folder.name.partition('-')[0]}-{number}")
    return folder


def _write_pictures(samples: Samples, folder: Path) -> Path:
    """Dark ink on light paper, eight times as large; the CSV file that says what is on each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("[0-9][0-9][0-9].png"):  # of a run before, with more classes
        path.unlink()
    rows = [("filename", "label")]
    for number, (image, label) in enumerate(zip(samples.images, samples.labels.tolist(), strict=True)):
        large = F.interpolate(image[None].float(), scale_factor=8, mode="bicubic").clamp(0, 255)[0]
        to_picture((240 - large * (215 / 255)).round().to(torch.uint8)).save(folder / f"{number:03d}.png")
        rows.append((f"{number:03d}.png", samples.classes[label]))
    path = folder / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@contextmanager
def _step(number: int, title: str) -> Iterator[None]:
    """Say which step begins, and how long it took."""
    print(f"\nStep {number} of 6 · {title}")
    started = time.perf_counter()
    yield
    print(f"  ({time.perf_counter() - started:.1f} s)")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
