"""Step 1: real handwriting -> `Samples`: digits that come with our packages, the Hugging Face hub, folders of pictures."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm.auto import tqdm

from handwriting_workshop.embedded import digits8x8, embedded_mnist
from handwriting_workshop.images import edge_brightness, fit_frame, open_picture, to_grey
from handwriting_workshop.samples import CARD, Samples, read_card, written_pictures
from handwriting_workshop.synthetic import CHARACTER_SETS, create_synthetic_samples, normalize_by_mass

if TYPE_CHECKING:
    from datasets import Dataset
    from PIL import Image

DEFAULT_SIZE = 32

LABEL_COLUMNS = ("label", "labels", "class", "target", "character", "digit", "letter")
"""Names under which data sets keep their labels, most usual first."""


def load_samples(source: str | os.PathLike[str], *, image_size: int | None = None, split: str = "train") -> Samples:
    """Handwriting from wherever the source says, at 32 pixels unless an image size is given or a written folder has its own.

    `mnist` and `digits8x8` are real and need no network; `hub:OWNER/NAME` or `hub:OWNER/NAME:CONFIG` is downloaded (only here
    the split matters); `synthetic:SET` is drawn, 500 per class; anything else is a folder of pictures.

    Raises:
        ValueError: an unknown source, one without usable pictures, or an image size below 1.
        ConnectionError: the hub cannot be reached and the data set has not been downloaded before.
    """
    text = os.fspath(source)
    size = DEFAULT_SIZE if image_size is None else image_size
    if size < 1:
        raise ValueError(f"image_size must be at least 1, got {size}")
    if text in ("mnist", "digits8x8") and Path(text, CARD).is_file():
        raise ValueError(f"{text!r} comes with us, and is a data set in this folder, too: write ./{text} for that one")
    if text == "mnist":
        return embedded_mnist(size)
    if text == "digits8x8":
        return embedded_digits8x8(size)
    if text.startswith("hub:"):
        name, _, config = text.removeprefix("hub:").partition(":")
        return from_hub(name, config or None, split=split, image_size=size)
    if text.startswith("synthetic:"):
        return create_synthetic_samples(text.removeprefix("synthetic:"), per_class=500, image_size=size)
    if Path(text).is_dir():
        return from_image_folder(text, image_size=image_size)
    raise ValueError(
        f"unknown source {text!r}: there is no such folder; choose mnist, digits8x8, synthetic:SET "
        f"(SET is one of {', '.join(CHARACTER_SETS)}), hub:OWNER/NAME, or an existing folder"
    )


# --- What comes with our packages: see also `embedded.py` --------------------------------------------------------------------


def embedded_digits8x8(image_size: int = 32) -> Samples:
    """1,797 digits by 13 people (Alpaydin and Kaynak 1998, UCI; from scikit-learn): 8×8 pixels, enlarged to MNIST's form."""
    images, labels = digits8x8()
    enlarged = F.interpolate(images.float() / 255, scale_factor=8, mode="bicubic", align_corners=False).clamp(0, 1)
    return Samples((normalize_by_mass(enlarged, image_size) * 255).round().to(torch.uint8), labels, tuple("0123456789"))


# --- Data sets of the hub, and any other `datasets.Dataset` ---------------------------------------------------------------


def from_hub(
    name: str,
    config: str | None = None,
    *,
    split: str = "train",
    image_size: int = 32,
    image_column: str | None = None,
    label_column: str | None = None,
    transposed: bool = False,
) -> Samples:
    """An image-classification data set of the Hugging Face hub, such as `ylecun/mnist`; kept there for later, offline use.

    Raises:
        ConnectionError: the hub cannot be reached and the data set has not been downloaded before.
        ValueError: no such data set or split, or one that is not images with labels.
    """
    import datasets

    from handwriting_workshop.hub import hub_or_cache, why_unreachable

    if not re.fullmatch(r"([\w-][\w.-]*/)?[\w-][\w.-]*", name):
        raise ValueError(f"{name!r} cannot be a data set of the hub; its name is OWNER/NAME, such as ylecun/mnist")
    try:
        with hub_or_cache():
            dataset = datasets.load_dataset(name, config, split=split)
    except datasets.exceptions.DatasetNotFoundError as error:
        raise ValueError(f"the hub has no data set {name!r} that you may read ({error})") from None
    except (datasets.exceptions.DatasetsError, OSError, RuntimeError, ValueError) as error:
        reason = why_unreachable()
        if reason is None or isinstance(error, ValueError):  # found, but for example without this split
            raise ValueError(f"the data set {name!r} could not be loaded: {error}") from error
        raise ConnectionError(
            f"the data set {name!r} is not on this machine, and the hub cannot be reached ({reason}); "
            "connect once to download it, or use source='mnist', which needs no network"
        ) from None
    return from_dataset(
        dataset, image_size=image_size, image_column=image_column, label_column=label_column, transposed=transposed
    )


def from_dataset(
    dataset: "Dataset",
    *,
    image_size: int = 32,
    image_column: str | None = None,
    label_column: str | None = None,
    transposed: bool = False,
    colour: bool = False,
) -> Samples:
    """Any `datasets.Dataset` of pictures with labels: columns found, grey, ink bright on dark, frames of one size.

    Polarity is decided once for the whole set: where more than half of its pictures have bright edges, light and dark are
    swapped in all. `transposed` swaps rows and columns, for copies of EMNIST that were published in its original orientation:
    look at one image per class before training. `colour` keeps red, green and blue, for models with `in_channels=3`. A column
    `writer` of whole numbers, as `Samples.to_dataset` has it, is kept.

    Raises:
        ValueError: no column, or more than one, that could be meant; rows without a label or a readable picture; no rows.
    """
    import datasets

    if isinstance(dataset, datasets.DatasetDict):
        raise ValueError(f"these are several data sets; choose one: {', '.join(f'dataset[{part!r}]' for part in dataset)}")
    image_column = image_column or _image_column(dataset)
    label_column = label_column or _label_column(dataset, image_column)
    for column in (image_column, label_column):
        if column not in dataset.column_names:
            raise ValueError(f"there is no column {column!r}; the data set has: {', '.join(dataset.column_names)}")
    if not isinstance(dataset.features[image_column], datasets.Image):
        raise ValueError(f"the column {image_column!r} holds no pictures but {dataset.features[image_column]}")
    if len(dataset) == 0:
        raise ValueError("the data set has no rows")
    dataset = dataset.with_format(None)  # plain values, whatever form the caller has set
    # _labels, _pictures and _writers read the columns; _has_bright_edges looks at one picture; fit_frame changes sizes
    # TODO 1.6: columns read, orientation, polarity of the whole set, one size, then Samples
    raise NotImplementedError("TODO 1.6: columns read, orientation, polarity of the whole set, one size, then Samples")


def _image_column(dataset: "Dataset") -> str:
    from datasets import Image

    found = [name for name, feature in dataset.features.items() if isinstance(feature, Image)]
    if len(found) != 1:
        problem = "no column with pictures" if not found else f"more than one column with pictures ({', '.join(found)})"
        raise ValueError(f"{problem} among {', '.join(dataset.column_names)}; name it with image_column=…")
    return found[0]


def _label_column(dataset: "Dataset", image_column: str) -> str:
    from datasets import ClassLabel

    others = [name for name in dataset.column_names if name != image_column]
    found = [name for name in others if isinstance(dataset.features[name], ClassLabel)]
    found = found or [name for name in LABEL_COLUMNS if name in others][:1] or (others if len(others) == 1 else [])
    if len(found) != 1:
        problem = "no column with labels" if not found else f"more than one column with labels ({', '.join(found)})"
        raise ValueError(f"{problem} among {', '.join(others) or 'no other columns'}; name it with label_column=…")
    return found[0]


def class_indices(values: Sequence[int | str]) -> tuple[Tensor, tuple[str, ...]]:
    """Label values as places in a list of classes, and that list: the different values in ascending order, as text.

    [7, 10, 7, 2] gives [1, 2, 1, 0] and the classes ("2", "7", "10"), a tuple: numbers are ordered as numbers, text as Python
    sorts it (capitals first).

    Shape:
        N values -> (N,) int64, and a tuple of K texts
    """
    # TODO 1.5: each value's place among the different values, and their names
    raise NotImplementedError("TODO 1.5: each value's place among the different values, and their names")


def _labels(dataset: "Dataset", column: str) -> tuple[Tensor, tuple[str, ...]]:
    """Labels as (N,) int64 and the class names: the data set's own, or the different values in order."""
    values = dataset[column][:]
    if any(isinstance(value, list | dict) for value in values):
        raise ValueError(f"{column!r} holds more than one value per row, but a picture has one label; name another label_column")
    if missing := sum(value is None or value == -1 or value != value for value in values):  # the last: not a number
        raise ValueError(
            f"{missing} of {len(values)} rows have no label in {column!r} (a competition's test part?); use another split"
        )
    names = getattr(dataset.features[column], "names", None)
    return class_indices(values) if names is None else (torch.tensor(values), tuple(names))


def _pictures(dataset: "Dataset", column: str, *, colour: bool) -> list[Tensor]:
    """The pictures of a column, (1, H, W) or (3, H, W) uint8 each."""
    from datasets import Image

    rows = iter(dataset.select_columns([column]).cast_column(column, Image()))  # decoded, even where the caller had that off
    pictures: list[Tensor] = []
    for number in tqdm(range(len(dataset)), desc="reading pictures", unit="image", disable=None, leave=False):
        try:
            picture = next(rows)[column]
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise ValueError(f"the picture in row {number} cannot be read ({error})") from None
        if picture is None:
            raise ValueError(f"row {number} has no picture")
        pictures.append(_channels(picture) if colour else to_grey(picture)[None])
    return pictures


def _has_bright_edges(picture: Tensor) -> bool:
    """Whether the paper of a picture, (C, H, W) uint8, is light, as far as its edges tell."""
    return edge_brightness(picture.float().mean(dim=0)) > 127


def _writers(dataset: "Dataset") -> Tensor | None:
    """The column `writer` as (N,) int64; None where there is none that counts writers."""
    is_number = getattr(dataset.features.get("writer"), "dtype", None) == "int64"
    values = dataset["writer"][:] if is_number else [None]
    return None if None in values else torch.tensor(values)


# --- Folders --------------------------------------------------------------------------------------------------------------


def from_image_folder(folder: str | os.PathLike[str], *, image_size: int | None = None) -> Samples:
    """A folder of pictures, one folder per class.

    One that `Samples.to_image_folder` wrote comes back pixel for pixel, unless another size is asked for. In any other, each
    picture is normalised (polarity, crop, size, centre); a warning says how many could not be used.

    Raises:
        ValueError: no pictures, or a written folder that was changed by hand in a way that cannot be understood.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    if (folder / CARD).exists():
        samples = _read_written_folder(folder)
        if image_size is None or samples.images.shape[2:] == (image_size, image_size):
            return samples
        return replace(samples, images=fit_frame(samples.images, image_size))
    from handwriting_workshop.dataset_creator import collect_pictures

    collected = collect_pictures(folder, image_size=DEFAULT_SIZE if image_size is None else image_size)
    if collected.left_out:
        first = collected.left_out[0]
        warnings.warn(
            f"{len(collected.left_out)} of {len(collected.left_out) + len(collected.samples)} files were left out; "
            f"the first: {first.path} ({first.reason})",
            stacklevel=2,
        )
    return collected.samples


def _read_written_folder(folder: Path) -> Samples:
    """The samples in a folder with a card, in the order in which they were written."""
    folders, writers = read_card(folder)
    places = {name: label for label, name in enumerate(folders)}
    paths = written_pictures(folder)
    if not paths:
        raise ValueError(f"there are no pictures in {folder}")
    if strange := [path for path in paths if path.parent.name not in places]:
        raise ValueError(
            f"{strange[0].parent} is no class of {folder / CARD}; move it elsewhere, or make one data set of both: "
            f"workshop dataset from-images {folder} NEW"
        )
    pictures = [_written_picture(path) for path in tqdm(paths, desc="reading pictures", unit="image", disable=None, leave=False)]
    usual, _ = Counter(picture.shape for picture in pictures).most_common(1)[0]
    for path, picture in zip(paths, pictures, strict=True):
        if picture.shape != usual:
            raise ValueError(
                f"{path} is {picture.shape[2]} × {picture.shape[1]} pixels with {picture.shape[0]} channel(s), unlike the "
                "others; put new pictures in by `workshop dataset from-images`, which normalises them"
            )
    labels = torch.tensor([places[path.parent.name] for path in paths])
    known = None if writers is None else torch.tensor([writers.get(f"{path.parent.name}/{path.name}", -1) for path in paths])
    return Samples(torch.stack(pictures), labels, tuple(folders.values()), known)


def _written_picture(path: Path) -> Tensor:
    """(C, H, W) uint8, as it was written."""
    picture = open_picture(path)
    return _channels(picture) if picture.mode == "RGB" else to_grey(picture)[None]


def _channels(picture: "Image.Image") -> Tensor:
    """Red, green and blue: (3, H, W) uint8."""
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).contiguous()
