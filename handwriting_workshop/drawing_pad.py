"""Draw a character, let trained models read it, and keep the drawing in a data set: all but the page (`drawing_server.py`).

A drawing comes as a PNG, is normalised as every other picture, and goes to each model.
"""

import base64
import io
import itertools
import json
import os
import struct
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from handwriting_workshop.checkpoints import Checkpoint, load_checkpoint
from handwriting_workshop.images import PictureError, to_grey, to_picture
from handwriting_workshop.samples import (
    CARD,
    Samples,
    check_replaceable,
    check_writer,
    next_writer,
    remove_picture,
    written_pictures,
)

RESULTS = ("demo_results", "my_workshop_results")
"""Where `workshop demo` and `workshop run` leave their models."""

MAX_SIDE = 2_000
"""Pixels of a drawing that is sent; the page sends 448 × 448."""

LONGEST_LABEL = 20
TOP = 5
"""Guesses that are shown of each model."""


def find_checkpoints(folder: str | os.PathLike[str] = ".") -> list[Path]:
    """The best weights of each model that the demo or a run left in a folder."""
    return sorted(path for results in RESULTS for path in Path(folder, results).glob("*/best.safetensors"))


class DrawingPad:
    """Models that read drawings, and a data set that drawings are added to; several threads may use it.

    Raises:
        FileNotFoundError, ValueError: a checkpoint that is not there, or cannot be read.
        FileExistsError: the data set's folder has something in it that is not a data set written here and left as it was.
        ValueError: no number of a writer.
    """

    def __init__(self, checkpoints: Sequence[Path], data_set: Path | None, writer: int | None = None) -> None:
        if writer is not None:
            check_writer(writer)
        paths = list(dict.fromkeys(Path(path).resolve() for path in checkpoints))
        self.models = {name: load_checkpoint(path) for name, path in zip(_short_names(paths), paths, strict=True)}
        for checkpoint in self.models.values():  # what cannot predict is told of now
            checkpoint.predict(torch.zeros(1, checkpoint.spec.in_channels, *[checkpoint.spec.image_size] * 2, dtype=torch.uint8))
        self.data_set = data_set
        self.added: list[str] = []
        """Where each drawing lies in the data set, the last one last."""
        self.counts: dict[str, int] = {}
        """Images of each class in the data set."""
        self.image_size = next((checkpoint.spec.image_size for checkpoint in self.models.values()), 32)
        self.writer = writer or 0
        if data_set is not None and data_set.exists():
            check_replaceable(data_set, by_more=True)
            self._read_data_set(data_set)
            self.writer = next_writer(data_set) if writer is None else writer
        self.classes = frozenset(self.counts)
        """Of the data set at the beginning."""
        self.predicting, self.adding = threading.Lock(), threading.Lock()

    def _read_data_set(self, folder: Path) -> None:
        """Counts, and the size of images."""
        if not (folder / CARD).exists():  # an empty folder
            return
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        self.counts = {name: len(list((folder / place).glob("[!.]*.png"))) for place, name in card["classes"].items()}
        with Image.open(written_pictures(folder)[0]) as picture:
            self.image_size = picture.height

    def state(self) -> dict[str, Any]:
        """What the page shows before anything is drawn."""
        known = [name for checkpoint in self.models.values() for name in checkpoint.classes]
        return {
            "models": [{"name": name, "about": _about(name, checkpoint)} for name, checkpoint in self.models.items()],
            "dataSet": None if self.data_set is None else self.data_set.resolve().name,
            "counts": dict.fromkeys(known, 0) | self.counts,
        }

    def guess(self, drawing: bytes) -> dict[str, Any]:
        """The likeliest classes by each model, with probabilities, and the image as a model sees it, as a data URL.

        Raises:
            PictureError: no PNG, or nothing is drawn on it.
        """
        grey = _read_drawing(drawing)
        seen = _normalized(grey, self.image_size)
        with self.predicting:
            guesses = {name: _best(checkpoint, grey) for name, checkpoint in self.models.items()}
        return {"seen": _data_url(seen), "guesses": guesses}

    def add(self, drawing: bytes, label: str) -> dict[str, Any]:
        """Add a drawing to the data set; how many images each class has now.

        Raises:
            PictureError: no PNG, or nothing is drawn on it.
            ValueError: a label that cannot be one, no data set, or one whose images have another shape.
            OSError: it could not be written; the data set is as it was.
        """
        label = _checked_label(label)
        if self.data_set is None:
            raise ValueError("no data set was named; start again with: workshop draw --out FOLDER")
        image = _normalized(_read_drawing(drawing), self.image_size)
        samples = Samples(image[None], torch.tensor([0]), (label,), torch.tensor([self.writer]))
        places: list[str] = []
        with self.adding:
            samples.add_to_image_folder(self.data_set, lambda _folder, written: places.extend(written))
            self.added += places
            self.counts[label] = self.counts.get(label, 0) + 1
        return {"label": label, "counts": self.state()["counts"], "added": len(self.added)}

    def take_back(self) -> dict[str, Any]:
        """Take the drawing that was added last out of the data set again; how many images each class has now.

        Raises:
            ValueError: nothing was added since the start, or all of it has been taken back.
            OSError: the data set could not be written; it is as it was.
        """
        with self.adding:
            if self.data_set is None or not self.added:
                raise ValueError("there is nothing to take back: nothing was added since the start")
            label = remove_picture(self.data_set, self.added[-1], keep=self.classes)
            self.counts[label] -= 1
            self.added.pop()
        return {"label": label, "counts": self.state()["counts"], "added": len(self.added)}


def _short_names(paths: Sequence[Path]) -> list[str]:
    """As much of each path's end as tells it from all others: results/cnn/best.safetensors is `cnn`."""
    folders = [path.parent.parts if path.name == "best.safetensors" else path.parts for path in paths]
    for length in itertools.count(1):
        names = ["/".join(parts[-length:]) for parts in folders]
        if len(set(names)) == len(names):
            break
    return names


def _about(name: str, checkpoint: Checkpoint) -> str:
    """Which kind of model, trained on what, and how well."""
    accuracy = checkpoint.card.metrics.get("val_accuracy")
    kind = "" if checkpoint.spec.name == name else checkpoint.spec.name
    parts = [kind, checkpoint.card.data, "" if accuracy is None else f"{accuracy:.1%} in validation"]
    return " · ".join(part for part in parts if part)


def _read_drawing(content: bytes) -> Tensor:
    """(H, W) uint8, 255 is white; the size is checked before anything is unpacked."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 33:
        raise PictureError("a drawing is sent as a PNG, and this is none")
    width, height = struct.unpack(">II", content[16:24])
    if max(width, height) > MAX_SIDE:
        raise PictureError(f"{width} × {height} pixels are too many for a drawing (at most {MAX_SIDE} × {MAX_SIDE})")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
            return to_grey(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"the PNG is damaged or incomplete ({error})") from None


def _normalized(grey: Tensor, image_size: int) -> Tensor:
    """(1, image_size, image_size) uint8, ink 255 on 0."""
    from handwriting_workshop.dataset_creator import normalize_picture

    try:
        return normalize_picture(grey, image_size)
    except PictureError:
        raise PictureError("nothing is drawn yet") from None


def _best(checkpoint: Checkpoint, grey: Tensor) -> list[dict[str, Any]]:
    """The likeliest classes, the first one first."""
    image = _normalized(grey, checkpoint.spec.image_size).expand(checkpoint.spec.in_channels, -1, -1)
    probabilities = checkpoint.predict(image[None])[0]
    best = probabilities.topk(min(TOP, len(probabilities)))
    return [
        {"class": checkpoint.classes[at], "probability": share}
        for at, share in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def _data_url(image: Tensor) -> str:
    buffer = io.BytesIO()
    to_picture(image).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _checked_label(label: str) -> str:
    label = label.strip()
    if not label:
        raise ValueError("choose or type what you drew, then add it")
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise ValueError(f"a label is a character or a short name (at most {LONGEST_LABEL} printable characters), not {label!r}")
    return label
