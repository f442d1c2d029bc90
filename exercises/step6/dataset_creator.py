"""Step 6: your own pictures -> a data set: find the ink, cut it out, normalise it, and say what could not be used.

`create_handwriting_dataset` writes an image folder that step 1 loads again.
"""

import csv
import io
import os
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage  # scikit-learn brings it
from torch import Tensor
from tqdm.auto import tqdm

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.images import PICTURE_SUFFIXES, PictureError, edge_brightness, open_picture, to_grey
from handwriting_workshop.samples import CARD, REPORT, Samples, check_outside, check_replaceable, read_card

DatasetType = Literal["synthetic", "from_images"]
Normalize = Callable[[Tensor, int], Tensor]

FILE_COLUMNS = ("filename", "file", "file_name", "image", "path")
LABEL_COLUMNS = ("label", "class", "character", "text")
FINER = 3
"""Pictures are normalised at so many times their size, then averaged down: a thin stroke would fall between the pixels."""

LEAST_CONTRAST = 30
"""Grey levels (of 255) by which ink must differ from its paper."""

GRAIN = 0.2
"""Of the strongest ink: shadows and the grain of paper have less."""

DUST = 0.01
"""Of the largest piece's area: pieces of ink that are smaller are dust."""


@dataclass(frozen=True)
class LeftOut:
    """A file that is not in the data set, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Collected:
    """What a folder of pictures gave."""

    samples: Samples
    taken: tuple[str, ...]
    """The file of each sample, relative to the folder."""
    left_out: tuple[LeftOut, ...]

    def summary(self) -> str:
        """A few lines for people."""
        lines = [f"{len(self.taken)} pictures taken in {len(self.samples.classes)} classes, {len(self.left_out)} left out"]
        lines += [f"  {entry.path}: {entry.reason}" for entry in self.left_out[:10]]
        if len(self.left_out) > 10:
            lines.append(f"  … and {len(self.left_out) - 10} more, listed in {REPORT}")
        return "\n".join(lines)


# --- From a picture to a normalised image ---------------------------------------------------------------------------------


def find_ink(grey: Tensor) -> Tensor:
    """How much ink is where, whether it is dark on light paper or light on dark: paper 0, the strongest ink 1.

    Ink is in proportion to `difference_from_paper`: 1 at the level that `_strongest` finds, and 1 above it, where a speck may be
    stronger. After that, ink that is not more than `GRAIN` becomes 0.

    Shape:
        grey: (H, W) uint8, 255 is white -> (H, W) float32 in [0, 1]

    Raises:
        PictureError: nothing stands out from the paper.
    """
    difference = difference_from_paper(grey)
    strongest = _strongest(difference)
    if strongest < LEAST_CONTRAST:
        raise PictureError(
            f"nothing is written on it, or too faintly (contrast {strongest:.0f} of 255, at least {LEAST_CONTRAST})"
        )
    # TODO 6.1: the difference from the paper in the stronger direction, as ink from 0 to 1
    raise NotImplementedError("TODO 6.1: the difference from the paper in the stronger direction, as ink from 0 to 1")


def difference_from_paper(grey: Tensor) -> Tensor:
    """By how many grey levels each pixel differs from the paper in the direction of the ink; 0 in the other direction.

    The paper is as bright as the picture's edge (`edge_brightness`). There are two candidates: how much darker than the paper
    each pixel is, and how much lighter. The one whose strongest level, by `_strongest`, is higher shows the ink. `grey` itself
    is not changed.

    Shape:
        grey: (H, W) uint8, 255 is white -> (H, W) float32, 0 or more
    """
    paper = edge_brightness(grey)
    # TODO 6.1: the difference from the paper in the stronger direction, as ink from 0 to 1
    raise NotImplementedError("TODO 6.1: the difference from the paper in the stronger direction, as ink from 0 to 1")


def _strongest(difference: Tensor) -> float:
    """The level that a few pixels reach, a sixth of the picture's side in number: a short stroke, but no speck of dust."""
    return float(difference.flatten().topk(max(1, max(difference.shape) // 6)).values[-1])


def crop_to_ink(ink: Tensor) -> Tensor:
    """The smallest rectangle that holds all ink but dust; dust that lies in it becomes paper, the other ink stays as it is.

    Pixels with ink (more than 0) that touch, at a side or a corner, are one piece. A piece of fewer pixels than `DUST` times
    those of the largest piece is dust. `ink` itself is not changed.

    Shape:
        ink: (H, W) float32, paper 0, with ink somewhere -> (h, w) float32
    """
    pieces, _ = ndimage.label(ink > 0, structure=np.ones((3, 3)))  # (H, W) int32: 0 is paper, then each piece's number
    # TODO 6.2: remove the pieces that are dust, then cut out the rectangle that holds the rest
    raise NotImplementedError("TODO 6.2: remove the pieces that are dust, then cut out the rectangle that holds the rest")


def normalize_picture(grey: Tensor, image_size: int = 32, normalize: Normalize | None = None) -> Tensor:
    """One character in a picture of any size and polarity, as MNIST would show it; `normalize` is step 1's unless given.

    Shape:
        grey: (H, W) uint8 -> (1, image_size, image_size) uint8, ink 255 on 0

    Raises:
        PictureError: nothing is written on it.
    """
    if normalize is None:
        from handwriting_workshop.synthetic import normalize_by_mass

        normalize = normalize_by_mass
    return normalize_ink(crop_to_ink(find_ink(grey)), image_size, normalize)


def normalize_ink(ink: Tensor, image_size: int, normalize: Normalize) -> Tensor:
    """Ink of any size in the one form that all images have; no stroke is lost, however thin and large it was written.

    1. Ink whose longer side is more than `2 * image_size` is made smaller, to that side, by averaging over the pixels between
       (antialiasing): to pick some pixels and skip the others would skip strokes. The shorter side shrinks in proportion, rounded
       to the nearest whole number, at least 1. Smaller ink is not enlarged.
    2. `normalize` sees it with a margin of `image_size` pixels of paper on all sides, for the square around the centre of mass
       may reach beyond the ink, and is asked for an image `FINER` times as large as wanted.
    3. Squares of `FINER` × `FINER` pixels are averaged into one; these are divided by the strongest, multiplied by 255 and
       rounded, so 0.5, 0.29 and 0 become 255, 148 and 0. A blank image stays blank: nothing is divided by 0.

    Shape:
        ink: (h, w) float32 in [0, 1]; `normalize` maps (1, 1, H, W) float32 and a side to (1, 1, side, side)
        -> (1, image_size, image_size) uint8
    """
    # TODO 6.3: average down to a handy size, normalise finer than wanted, average again
    raise NotImplementedError("TODO 6.3: average down to a handy size, normalise finer than wanted, average again")


# --- From files to samples ------------------------------------------------------------------------------------------------


def collect_pictures(
    images_dir: str | os.PathLike[str],
    labels_file: str | os.PathLike[str] | None = None,
    *,
    image_size: int = 32,
    characters: Sequence[str] | None = None,
    normalize: Normalize | None = None,
) -> Collected:
    """All pictures of a folder that can be used, normalised; their classes are folder names, or stand in a CSV file.

    The CSV has a header and the columns `filename` and `label`; if there is none at the path given, it is looked for in the
    folder. With `characters`, other labels are left out.

    Raises:
        ValueError: no such folder, a CSV without these columns, or not one picture that can be used.
    """
    folder = Path(images_dir)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    left_out: list[LeftOut] = []
    if labels_file is not None and not Path(labels_file).is_file():
        if not (folder / labels_file).is_file():
            raise ValueError(f"there is no labels file {labels_file}, neither here nor in {folder}")
        labels_file = folder / labels_file
    listed = _listed_in_csv(folder, Path(labels_file), left_out) if labels_file else _listed_by_folder(folder, left_out)
    one_form = [(name, unicodedata.normalize("NFC", label)) for name, label in listed]  # é may be e and ´, in folders of a Mac
    allowed = None if characters is None else set(characters)
    images, labels, taken = [], [], []
    for name, label in tqdm(one_form, desc="reading pictures", unit="image", disable=None, leave=False):
        if allowed is not None and label not in allowed:
            left_out.append(LeftOut(name, f"its label {label!r} is not among the characters of this data set"))
            continue
        try:
            images.append(normalize_picture(to_grey(open_picture(folder / name)), image_size, normalize))
        except PictureError as error:
            left_out.append(LeftOut(name, str(error).removeprefix(f"{folder / name}: ")))
            continue
        labels.append(label)
        taken.append(name)
    if not images:
        reasons = "; ".join(f"{entry.path}: {entry.reason}" for entry in left_out[:3])
        raise ValueError(f"there is no usable picture in {folder}" + (f" ({reasons})" if reasons else ": it is empty"))
    return Collected(label_images(images, labels, characters), tuple(taken), tuple(left_out))


def label_images(images: Sequence[Tensor], names: Sequence[str], characters: Sequence[str] | None = None) -> Samples:
    """Images and the name of each one's class as samples, in the same order; a label is the place of its name in `classes`.

    The classes are the names in sorted order, as texts ("10" before "9"), so that they do not depend on which file is read first.
    With `characters`, they are the characters in their own order, each once, also those that no image shows. A tuple or a list,
    as you like.

    Shape:
        images: N of (C, H, W) uint8; names: N, all among `characters` if these are given
        -> Samples of two tensors: images (N, C, H, W) uint8, labels (N,) int64
    """
    # TODO 6.4: an ordered list of classes, each name's place in it as its label, and Samples of both
    raise NotImplementedError("TODO 6.4: an ordered list of classes, each name's place in it as its label, and Samples of both")


def _listed_by_folder(folder: Path, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    """(file, class) of each picture in a class folder, in order; the card of a written data set knows the classes' names."""
    names = read_card(folder)[0] if (folder / CARD).is_file() else {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_dir():
            if path.is_symlink():
                left_out.append(LeftOut(_shown(name), "a link to a folder; links are not followed, so copy the folder"))
            elif not os.access(path, os.R_OK | os.X_OK):
                left_out.append(LeftOut(_shown(name), "a folder that you may not open"))
        elif _shown(name) != name:
            left_out.append(LeftOut(_shown(name), "its name is not UTF-8 text; rename it"))
        elif path.suffix.lower() not in PICTURE_SUFFIXES:
            left_out.append(LeftOut(name, "not a picture, by its name"))
        elif path.parent == folder:
            left_out.append(LeftOut(name, "lies in no class folder, and no labels file was given"))
        else:
            part = path.relative_to(folder).parts[0]
            yield name, names.get(part, part)


def _listed_in_csv(folder: Path, labels_file: Path, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    """(file, class) of each line that can be used; what contradicts itself is left out whole."""
    rows = _read_csv(labels_file)
    pictures = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    in_one_form = {unicodedata.normalize("NFC", name): name for name in pictures}  # é may be e and ´, in an archive of a Mac
    rows = [
        (line, name if name in pictures else in_one_form.get(unicodedata.normalize("NFC", name), name), label)
        for line, name, label in rows
    ]
    labels_of: dict[str, set[str]] = {}
    for _, name, label in rows:
        labels_of.setdefault(name, set()).add(label)
    seen: set[str] = set()
    for line, name, label in rows:
        if name in seen:
            if len(labels_of[name]) == 1:
                left_out.append(LeftOut(name, f"listed again in line {line}; taken once"))
            continue
        seen.add(name)
        if len(labels_of[name]) > 1:
            contradicting = ", ".join(sorted(map(repr, labels_of[name])))
            left_out.append(LeftOut(name, f"listed with different labels ({contradicting}): which one is right?"))
        elif not label:
            left_out.append(LeftOut(name, f"line {line} gives no label"))
        elif not (folder / name).is_file():
            left_out.append(LeftOut(name, f"listed in line {line}, but there is no such file in {folder}"))
        else:
            yield name, label
    for name, path in pictures.items():
        if path.suffix.lower() in PICTURE_SUFFIXES and name not in seen:
            left_out.append(LeftOut(_shown(name), f"not listed in {labels_file.name}"))


def _shown(name: str) -> str:
    """A file name that can be printed and written, even where another system's bytes made it."""
    return name.encode(errors="backslashreplace").decode()


def _read_csv(path: Path) -> list[tuple[int, str, str]]:
    """(line, file, label) of each row, whatever the encoding (UTF-8, UTF-16, else Windows-1252) and the separator."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    told = re.match(r"sep=(.)[\r\n]+", text, flags=re.IGNORECASE)  # Excel's own line, before the header
    text = text[told.end() :] if told else text
    header = text.partition("\n")[0]
    separator = told[1] if told else max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    except csv.Error as error:
        raise ValueError(f"{path}, line 1: {error}") from None
    file_column = next((columns[name] for name in FILE_COLUMNS if name in columns), None)
    label_column = next((columns[name] for name in LABEL_COLUMNS if name in columns), None)
    if file_column is None or label_column is None:
        raise ValueError(
            f"{path} must begin with a header that names the columns filename and label; its first line is {header.strip()!r}"
        )
    try:
        whole = [(reader.line_num + bool(told), row) for row in reader]
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None
    for line, row in whole:
        if any("\n" in cell for cell in row.values() if isinstance(cell, str)):
            raise ValueError(f'{path}: a quotation mark is not closed up to line {line}; as a label it is written """"')
    rows = [(line, row[file_column] or "", row[label_column] or "") for line, row in whole]
    return [
        (line, posixpath.normpath(name.strip().replace("\\", "/")), label.strip()) for line, name, label in rows if name.strip()
    ]


# --- A data set on disk ---------------------------------------------------------------------------------------------------


class HandwritingDatasetCreator:
    """A data set that was written to a folder: its samples, and what was left out of it."""

    def __init__(self, output_dir: Path, samples: Samples, collected: Collected | None = None) -> None:
        self.output_dir = output_dir
        self.samples = samples
        self.collected = collected

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Files that are not in the data set, and why."""
        return () if self.collected is None else self.collected.left_out

    def create_sample_sheet(
        self,
        output_path: str | os.PathLike[str] = "handwriting_sample.pdf",
        characters: Sequence[str] | None = None,
        paper: str = "a4",
    ) -> list[Path]:
        """A sheet to print and write on, for the data set's own characters unless others are given; the files written."""
        from handwriting_workshop.sheets import create_sample_sheet

        return create_sample_sheet(output_path, self.samples.classes if characters is None else characters, paper=paper)


def create_handwriting_dataset(
    output_dir: str | os.PathLike[str] = "my_dataset",
    dataset_type: DatasetType = "synthetic",
    *,
    character_set: str | Sequence[str] | None = None,
    num_samples_per_class: int = 100,
    image_size: int | Sequence[int] = 32,
    images_dir: str | os.PathLike[str] | None = None,
    labels_file: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> HandwritingDatasetCreator:
    """Make a data set and write it as an image folder.

    `synthetic`: drawn characters; `character_set` is a name (`mixed` if not given) or a list. `from_images`: pictures of
    single characters in `images_dir`, by class folders or a labels file; a `character_set` then leaves out all others.
    `collected.csv` in the folder says what became of each file. A data set that was made here before, and not changed since, is
    replaced.

    Raises:
        ValueError: unknown type or characters, no usable picture, or an image size that is not square.
        FileExistsError: the folder has something else in it.
    """
    side, other = image_size if isinstance(image_size, Sequence) else (image_size, image_size)
    if side != other:
        raise ValueError(f"images are square, as the models need them; got image_size={image_size}")
    if side < 8:
        raise ValueError(f"image_size must be at least 8, got {side}")
    folder = Path(output_dir)
    check_replaceable(folder)
    if dataset_type == "synthetic":
        from handwriting_workshop.synthetic import create_synthetic_samples

        samples = create_synthetic_samples(
            "mixed" if character_set is None else character_set, num_samples_per_class, image_size=side, seed=seed
        )
        samples.to_image_folder(folder)
        return HandwritingDatasetCreator(folder, samples)
    if dataset_type != "from_images":
        raise ValueError(f"unknown dataset_type {dataset_type!r}; choose synthetic or from_images")
    if images_dir is None:
        raise ValueError("dataset_type='from_images' needs images_dir='path/to/images'")
    check_outside(folder, images_dir)
    characters = None
    if character_set is not None:
        from handwriting_workshop.synthetic import characters_of

        characters = characters_of(character_set)
    collected = collect_pictures(images_dir, labels_file, image_size=side, characters=characters)
    collected.samples.to_image_folder(folder)
    write_atomically(folder / REPORT, _report(collected).encode())
    return HandwritingDatasetCreator(folder, collected.samples, collected)


def _report(collected: Collected) -> str:
    """CSV: each file, its class, and why it was left out."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["file", "class", "left_out_because"])
    names = [collected.samples.classes[label] for label in collected.samples.labels.tolist()]
    writer.writerows([name, label, ""] for name, label in zip(collected.taken, names, strict=True))
    writer.writerows([entry.path, "", entry.reason] for entry in collected.left_out)
    return text.getvalue()
