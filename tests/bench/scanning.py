"""How well and how fast filled-in sheets are read from simulated photos, and what a model makes of the crops."""

import io
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from handwriting_workshop.data_loader import BatchLoader, Splits, make_loaders
from handwriting_workshop.evaluator import ModelEvaluator
from handwriting_workshop.images import PictureError
from handwriting_workshop.models import create_model
from handwriting_workshop.report import plain_table
from handwriting_workshop.samples import Samples
from handwriting_workshop.scan_report import plot_contact_sheet
from handwriting_workshop.scanning import SheetReading, read_sheet
from handwriting_workshop.sheets import PAPERS, PageCode, SheetLayout, page_codes
from handwriting_workshop.trainer import ModelTrainer
from tests.bench.measure import Figure
from tests.bench.training import split
from tests.photos import EMPTY, FILLED, STRUCK_OUT, Conditions, Written, random_conditions, take_jpeg, take_photo, write_page

CAMERA_PIXELS = 12_000_000


@dataclass
class Outcome:
    """What became of the cells of all pages."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(what was put into the box, what was read) -> cells; "refused" where the page was."""
    pages: int = 0
    refused: list[str] = field(default_factory=list)
    mislabelled: list[int] = field(default_factory=list)
    """Pages with another code than the printed one."""
    crops: list[Tensor] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)
    """Which digit each crop was written from."""
    wrong: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    """(page, row, column, what it was, what was read)."""

    def share(self, kind: str, verdict: str) -> float:
        """How many cells of a kind were read as they should be."""
        return self.verdicts[kind, verdict] / max(1, sum(count for (was, _), count in self.verdicts.items() if was == kind))


def page_of(seed: int) -> PageCode:
    """A page with ten digits and some letters, in an order of its own; on A4 and Letter in turn."""
    paper = list(PAPERS)[seed % len(PAPERS)]
    random = np.random.default_rng([seed, 4])
    rows = SheetLayout(paper).rows
    characters = list("0123456789" + "XNZ/%"[: rows - 10])
    return page_codes([str(text) for text in random.permutation(characters)], paper)[0]


def photographs(pages: int, digits: Samples) -> Iterator[tuple[int, Written, bytes]]:
    """Page after page: its seed, what was written, and the camera's file."""
    for seed in range(pages):
        page = write_page(page_of(seed), digits, seed)
        yield seed, page, take_jpeg(page, random_conditions(seed), seed)


def count(outcome: Outcome, seed: int, page: Written, read: Callable[[], SheetReading]) -> None:
    """Compare what was read with what was written."""
    outcome.pages += 1
    try:
        reading = read()
    except PictureError as error:
        outcome.refused.append(f"page {seed}: {error}")
        outcome.verdicts.update((cell.kind, "refused") for cell in page.cells)
        return
    if reading.code != page.code:
        outcome.mislabelled.append(seed)
    for cell, found in zip(page.cells, reading.cells, strict=False):
        verdict = found.verdict if found.character == page.code.characters[cell.row] else "mislabelled"
        outcome.verdicts[cell.kind, verdict] += 1
        if verdict != {FILLED: "taken"}.get(cell.kind, cell.kind):
            outcome.wrong.append((seed, cell.row, cell.column, cell.kind, verdict))
        if cell.sample is not None and found.image is not None:
            outcome.crops.append(found.image)
            outcome.samples.append(cell.sample)


def read_pages(pages: int) -> Outcome:
    """Read so many pages, photographed as badly as `random_conditions` allows."""
    _, digits = split(0)
    outcome = Outcome()
    with TemporaryDirectory() as folder:
        for seed, page, jpeg in tqdm(photographs(pages, digits), total=pages, desc="reading sheets", disable=None):
            path = Path(folder) / "photo.jpg"
            path.write_bytes(jpeg)
            count(outcome, seed, page, partial(read_sheet, path))
    return outcome


def accuracies(outcome: Outcome, seed: int = 0) -> tuple[float, float]:
    """Accuracy of simple_cnn, trained on other digits of MNIST, on the written digits as they were, and as they were read."""
    train, digits = split(0)
    loaders = make_loaders(Splits(train, digits, digits), seed=seed)
    torch.manual_seed(seed)
    trainer = ModelTrainer(create_model("simple_cnn", 10), seed=seed, patience=6)
    trainer.train(loaders.train, loaders.validation, epochs=6)
    originals = digits[outcome.samples]
    read = replace(originals, images=torch.stack(outcome.crops))
    normalization = loaders.train.normalization
    evaluator = ModelEvaluator(trainer.model)
    before, after = (
        evaluator.evaluate_dataset(BatchLoader(samples, normalization, batch_size=256)).accuracy for samples in (originals, read)
    )
    return before, after


def measure(repeats: int, pages: int = 200) -> list[Figure]:
    """Read the pages, print what became of each kind of box, and give the figures that have targets."""
    outcome = read_pages(pages)
    kinds = (FILLED, EMPTY, STRUCK_OUT)
    verdicts = ("taken", "empty", "struck out", "unclear", "mislabelled", "refused")
    rows = [["boxes that were", *(f"read as {verdict}" for verdict in verdicts[:4]), *verdicts[4:]]]
    rows += [[kind, *(str(outcome.verdicts[kind, verdict]) for verdict in verdicts)] for kind in kinds]
    print(plain_table(rows), "\n")
    for refused in outcome.refused[:10]:
        print(refused)
    for seed, row, column, was, found in outcome.wrong[:20]:
        print(f"page {seed}, row {row}, box {column}: {was}, read as {found}")
    before, after = accuracies(outcome)
    return [
        Figure("sheets: filled boxes taken with the right label, %", 100 * outcome.share(FILLED, "taken"), 99.5),
        Figure("sheets: empty boxes recognised, %", 100 * outcome.share(EMPTY, "empty"), 99),
        Figure("sheets: struck-out boxes recognised, %", 100 * outcome.share(STRUCK_OUT, "struck out")),
        Figure("sheets: pages mislabelled", len(outcome.mislabelled), 0, smaller_is_better=True),
        Figure("sheets: pages refused", len(outcome.refused)),
        Figure("sheets: simple_cnn on the written digits, %", 100 * before),
        Figure("sheets: simple_cnn on what was read, %", 100 * after),
        Figure("sheets: points lost by reading", 100 * (before - after), 1, smaller_is_better=True),
        Figure("sheets: seconds for a photo of 12 megapixels, one core", seconds_per_page(repeats), 1.5, smaller_is_better=True),
    ]


def seconds_per_page(repeats: int) -> float:
    """Median seconds for a photo of 12 megapixels, from the file to the samples, on one core."""
    _, digits = split(0)
    threads, cv2_threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    seconds = []
    with TemporaryDirectory() as folder:
        for seed in range(max(3, repeats)):
            page = write_page(page_of(seed), digits, seed)
            conditions = replace(random_conditions(seed), rotation=90.0 * seed, tilt=15)
            path = Path(folder) / "photo.jpg"
            path.write_bytes(_with_pixels(page, conditions, CAMERA_PIXELS))
            started = time.perf_counter()
            read_sheet(path)
            seconds.append(time.perf_counter() - started)
    torch.set_num_threads(threads)
    cv2.setNumThreads(cv2_threads)
    return statistics.median(seconds[1:])  # the first one also imports and warms up


def _with_pixels(page: Written, conditions: Conditions, pixels: int) -> bytes:
    """A photo of nearly so many pixels, by its resolution."""
    coarse = take_photo(page, replace(conditions, dpi=50))
    dpi = 50 * (pixels / (coarse.shape[0] * coarse.shape[1])) ** 0.5
    return take_jpeg(page, replace(conditions, dpi=dpi))


def write_example(path: str | os.PathLike[str]) -> None:
    """A simulated photo of a filled-in sheet, and the contact sheet of what was read from it: a picture of at most 200 KB."""
    _, digits = split(0)
    page = write_page(page_codes("0123456789", "a4")[0], digits, seed=5)
    conditions = Conditions(
        ink="blue",
        dpi=130,
        rotation=-14,
        tilt=28,
        tilt_direction=20,
        curl=4,
        shadow=0.35,
        gradient=0.2,
        neighbour="sheet",
        margin=22,
    )
    photo = Image.fromarray(take_photo(page, conditions, seed=2))
    buffer = io.BytesIO()
    plot_contact_sheet({"photo.jpg": read_sheet(photo)}).savefig(buffer, format="png", dpi=190)
    parts = [photo, Image.open(buffer).convert("RGB")]
    parts = [part.resize((round(part.width * 720 / part.height), 720), Image.Resampling.LANCZOS) for part in parts]
    both = Image.new("RGB", (sum(part.width for part in parts) + 20, 720), "white")
    both.paste(parts[0], (0, 0))
    both.paste(parts[1], (parts[0].width + 20, 0))
    both.save(path, quality=82)
