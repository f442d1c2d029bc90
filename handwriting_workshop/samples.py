"""`Samples`: images, labels and class names, the one thing that flows through all six steps."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import torch
from PIL import Image
from torch import Tensor

from handwriting_workshop.images import PICTURE_SUFFIXES, to_picture

if TYPE_CHECKING:
    from datasets import Dataset

CARD = "samples.json"
"""In an image folder: which folder is which class, in which order, and who wrote what."""

REPORT = "collected.csv"
"""In an image folder made from pictures: what became of each file."""

CONTACT_SHEET = "contact_sheet-*.pdf"
"""In an image folder made from photos of sheets: what each scan took. No PNG, for that would be taken for a sample."""

DROPPINGS = (".DS_Store", "._*", "Thumbs.db", "desktop.ini")
"""What macOS and Windows put into folders that somebody looks at: no change of the data."""

DESCRIPTIONS = (CARD, REPORT, CONTACT_SHEET)
"""Files that describe a data set and do not belong to it: a new one is no change of the data."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Labelled handwriting.

    Shape:
        images: (N, C, H, W) uint8, ink 255 on background 0
        labels: (N,) int64, indices into `classes`
        writers: (N,) int64, who wrote each image; None where nobody knows

    Raises:
        TypeError: no tensor, or one of another dtype.
        ValueError: shapes that do not belong together, a label without a class, a class name used twice.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    writers: Tensor | None = None

    def __post_init__(self) -> None:
        for name, column in (("images", self.images), ("labels", self.labels), ("writers", self.writers)):
            if not isinstance(column, Tensor) and not (name == "writers" and column is None):
                advice = f"torch.tensor({name}) makes one of a list"
                if name == "images":
                    advice = "torch.stack(images) makes one of a list of pictures, each (C, H, W) uint8"
                raise TypeError(f"{name} must be one tensor, got a {type(column).__name__}: {advice}")
        if self.images.dtype != torch.uint8:
            raise TypeError(f"images must be uint8 (ink 255 on 0), got {self.images.dtype}")
        if self.images.ndim != 4:
            raise ValueError(f"images must have shape (N, C, H, W), got {tuple(self.images.shape)}")
        for name, column in (("labels", self.labels), ("writers", self.writers)):
            if column is None:
                continue
            if column.dtype != torch.int64:
                raise TypeError(f"{name} must be int64, got {column.dtype}")
            if column.shape != (len(self.images),):
                raise ValueError(
                    f"{len(self.images)} images need {name} of shape ({len(self.images)},), got {tuple(column.shape)}"
                )
        if len(set(self.classes)) != len(self.classes):
            twice = sorted({name for name in self.classes if self.classes.count(name) > 1})
            raise ValueError(f"class names must differ; given more than once: {', '.join(twice)}")
        if len(self.labels) and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(self.classes):
            raise ValueError(
                f"labels must lie in 0…{len(self.classes) - 1} for {len(self.classes)} classes, "
                f"got {int(self.labels.min())}…{int(self.labels.max())}"
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int | slice | Sequence[int] | Tensor) -> "Samples":
        """The samples at some positions: a number, a slice, a list of indices, an index tensor or a Boolean mask."""
        if isinstance(index, int):
            index = [range(len(self))[index]]
        if not isinstance(index, slice | Tensor):
            index = torch.as_tensor(index) if len(index) else torch.empty(0, dtype=torch.int64)
        writers = None if self.writers is None else self.writers[index]
        return Samples(self.images[index], self.labels[index], self.classes, writers)

    def __repr__(self) -> str:
        _, channels, height, width = self.images.shape
        return f"Samples({len(self)} images {channels}×{height}×{width}, {len(self.classes)} classes)"

    def class_counts(self) -> Tensor:
        """Images per class, (K,) int64."""
        return self.labels.bincount(minlength=len(self.classes))

    def digest(self) -> str:
        """SHA-256 over images, labels and class names: equal for equal samples."""
        digest = hashlib.sha256(repr((tuple(self.images.shape), self.classes)).encode())
        digest.update(self.images.numpy().tobytes())
        digest.update(self.labels.numpy().tobytes())
        return digest.hexdigest()

    def with_classes(self, classes: Sequence[str]) -> "Samples":
        """The same samples with labels that count by another list of classes, such as those of a trained model.

        Raises:
            ValueError: a sample of a class that is not in the list.
        """
        place = {name: label for label, name in enumerate(classes)}
        if unknown := [
            name for name, count in zip(self.classes, self.class_counts().tolist(), strict=True) if count and name not in place
        ]:
            raise ValueError(
                f"the samples have classes that are unknown here: {', '.join(unknown)}; known are: {', '.join(classes)}"
            )
        labels = torch.tensor([place.get(name, 0) for name in self.classes], dtype=torch.int64)[self.labels]
        return Samples(self.images, labels, tuple(classes), self.writers)

    def to_dataset(self) -> "Dataset":
        """As a `datasets.Dataset` with the columns `image`, `label` and, where known, `writer`."""
        from datasets import ClassLabel, Dataset, Features, Value
        from datasets import Image as ImageFeature

        columns = {"image": [to_picture(image) for image in self.images], "label": self.labels.tolist()}
        features = {"image": ImageFeature(), "label": ClassLabel(names=list(self.classes))}
        if self.writers is not None:
            columns["writer"] = self.writers.tolist()
            features["writer"] = Value("int64")
        return Dataset.from_dict(columns, features=Features(features))

    def to_image_folder(self, folder: str | os.PathLike[str]) -> Path:
        """Write one PNG per image into one folder per class that has images.

        `torchvision.datasets.ImageFolder`, `datasets.load_dataset("imagefolder", …)` and `sources.from_image_folder` read
        it. Folder names are safe on every file system (`A` becomes `A_`, so that it differs from `a` where case does not
        count; `/` becomes `%2F`); `samples.json` says which class each one is. The folder appears when all of it is written.

        Raises:
            FileExistsError: the folder has something in it that is not a data set written here and left as it was, or one that
                images were added to.
        """
        folder = Path(folder)
        with one_at_a_time(folder):
            check_replaceable(folder)
            with _replaced_when_whole(folder) as part:
                part.mkdir(parents=True)
                self._write_files(part, {"classes": {}, "written": len(self)}, first=0)
        return folder

    def add_to_image_folder(
        self, folder: str | os.PathLike[str], beside: Callable[[Path, Sequence[str]], object] = lambda _folder, _paths: None
    ) -> Path:
        """Add the images to a data set that `to_image_folder` wrote (or begin one): all of them, or none if something fails.

        Classes that the folder does not have yet come after its own; images without a known writer count as writer -1. What is
        to be written with them, or not at all, does `beside`: it gets the folder as it is about to be, and the images' paths
        in it, in their order. Such a data set is nothing that could be made again, so `to_image_folder` does not replace it.

        Raises:
            FileExistsError: the folder has something in it that is not a data set written here and left as it was.
            ValueError: images of another shape than those in the folder.
        """
        folder = Path(folder)
        with one_at_a_time(folder):
            check_replaceable(folder, by_more=True)
            there = written_pictures(folder)
            if not there:
                with _replaced_when_whole(folder) as part:
                    part.mkdir(parents=True)
                    beside(part, self._write_files(part, {"classes": {}, "written": 0}, first=0))
                return folder
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            with Image.open(there[0]) as picture:
                shape = (len(picture.getbands()), picture.height, picture.width)
            if shape != self.images.shape[1:]:
                has, got = ("×".join(map(str, sizes)) for sizes in (shape, self.images.shape[1:]))
                raise ValueError(
                    f"the images in {folder} are {has}, and the new ones {got}; all images of a data set have one shape"
                )
            with _replaced_when_whole(folder) as part:
                shutil.copytree(folder, part, copy_function=_link)
                (part / CARD).unlink()  # a link: writing into it would change the original
                beside(part, self._write_files(part, card, first=1 + int(there[-1].stem)))
        return folder

    def _write_files(self, folder: Path, card: dict[str, Any], first: int) -> list[str]:
        """The pictures, numbered from `first`, and the card that describes them and those that are there; the paths in it."""
        folders = [class_folder(name) for name in self.classes]
        for label in sorted(set(self.labels.tolist())):  # an empty folder would be an error to torchvision
            (folder / folders[label]).mkdir(exist_ok=True)
        paths = [f"{folders[label]}/{number:06d}.png" for number, label in enumerate(self.labels.tolist(), start=first)]
        for path, image in zip(paths, self.images, strict=True):
            to_picture(image).save(folder / path)
        card = {**card, "classes": card["classes"] | dict(zip(folders, self.classes, strict=True)), "digest": _digest(folder)}
        if self.writers is not None:
            card["writers"] = card.get("writers", {}) | dict(zip(paths, self.writers.tolist(), strict=True))
        (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1), encoding="utf-8")
        return paths


def written_pictures(folder: Path) -> list[Path]:
    """The pictures of a data set that was written here, in the order of its samples; of no folder, none."""
    paths = [path for path in folder.glob("*/[!.]*") if path.suffix.lower() in PICTURE_SUFFIXES]
    return sorted(paths, key=lambda path: (len(path.stem), path.stem, path.parent.name))  # 999999 comes before 1000000


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other programs and threads from writing into a data set; the system gives the lock back even if this one is killed.

    Raises:
        BlockingIOError: it has been locked for a minute.
    """
    from filelock import FileLock, Timeout

    user = getattr(os, "getuid", int)()  # another's lock could not be opened
    name = hashlib.sha256(f"{user} {os.path.realpath(folder)}".encode(errors="surrogateescape")).hexdigest()[:16]
    try:
        with FileLock(Path(tempfile.gettempdir(), f"workshop-{name}.lock"), timeout=60, is_singleton=True):
            yield
    except Timeout:
        raise BlockingIOError(f"another program is writing into {folder}; wait for it, or use another folder") from None


def _versions(folder: Path) -> tuple[Path, Path, Path]:
    """A folder itself, also behind a link, and where its next and its last version are while one takes the other's place."""
    real = Path(os.path.realpath(folder))
    return real, real.with_name(f".{real.name}.part"), real.with_name(f".{real.name}.old")


@contextlib.contextmanager
def _replaced_when_whole(folder: Path) -> Iterator[Path]:
    """A path for a new version of a folder, which takes the folder's place at the end, unless something fails before."""
    folder, part, old = _versions(folder)
    shutil.rmtree(part, ignore_errors=True)
    try:
        yield part
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    finally:  # also after Ctrl-C, or on a full disk
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _link(source: str, target: str) -> None:
    """A second name for a file, or a copy where the file system has no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def check_replaceable(folder: Path, *, by_more: bool = False) -> None:
    """Raise a FileExistsError if a folder holds anything but a data set that was written here and not changed since.

    One that images were added to (scans, drawings) is replaced only `by_more`: by itself and others. What a kill left half
    replaced is the old data set again.

    Raises:
        ValueError: no folder that another could take the place of.
    """
    with one_at_a_time(folder):
        real, _, old = _versions(folder)
        if old.exists() and real.is_dir() and not any(real.iterdir()):
            real.rmdir()
        if old.exists() and not real.exists():
            old.rename(real)
        if (old / CARD).exists():  # the new version had taken its place
            shutil.rmtree(old, ignore_errors=True)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; choose a new folder")
    if Path.cwd().is_relative_to(real):
        raise ValueError(
            f"{folder} is the folder that you are in, and would be replaced; choose another, such as {real / 'data_set'}"
        )
    if os.path.ismount(real):
        raise ValueError(
            f"{folder} is a disk of its own, and cannot be replaced; choose a folder on it, such as {real / 'data_set'}"
        )
    if not any(folder.iterdir()):
        return
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        digest, written = card["digest"], card.get("written")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        digest, written = None, None
    if digest is None or digest != _digest(folder):
        raise FileExistsError(f"{folder} is not empty; choose a new folder, or delete this one first")
    if not by_more and written is not None and len(written_pictures(folder)) > written:
        raise FileExistsError(f"{folder} has scans or drawings in it; choose a new folder, or delete this one first")


def _digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files, apart from those that describe them."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        described = any(fnmatchcase(name, description) for description in DESCRIPTIONS)
        if not described and not any(fnmatchcase(path.name, dropping) for dropping in DROPPINGS):
            digest.update(name.encode(errors="surrogateescape") + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def remove_picture(folder: Path, place: str, *, keep: Collection[str] = ()) -> str:
    """Take an image (`7/000012.png`) out of a data set; its class. A data set of one image goes altogether.

    A class without images goes, too, unless it is one of those to keep.

    Raises:
        FileNotFoundError: there is no such image, or no data set.
        FileExistsError: the folder has something in it that is not a data set written here and left as it was.
    """
    with one_at_a_time(folder):
        if not (folder / CARD).exists():
            raise FileNotFoundError(f"there is no data set in {folder}")
        check_replaceable(folder, by_more=True)
        picture = folder / place
        if picture not in (pictures := written_pictures(folder)):
            raise FileNotFoundError(f"{picture} is not there any more")
        others = [path for path in pictures if path != picture]
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        name: str = card["classes"][picture.parent.name]
        if not others:
            shutil.rmtree(os.path.realpath(folder))
            return name
        with _replaced_when_whole(folder) as part:
            shutil.copytree(folder, part, copy_function=_link)
            (part / place).unlink()
            if all(path.parent != picture.parent for path in others):  # an empty folder would be an error to torchvision
                shutil.rmtree((part / place).parent)
                if name not in keep:
                    del card["classes"][picture.parent.name]
            card.get("writers", {}).pop(place, None)
            (part / CARD).unlink()  # a link: writing into it would change the original
            card["digest"] = _digest(part)
            (part / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1), encoding="utf-8")
        return name


MOST_WRITERS = 10**9
"""A larger number is a mistake, and the next one might not fit into a tensor."""


def check_writer(writer: int) -> None:
    """Raise a ValueError if this is no number of a writer."""
    if not 0 <= writer <= MOST_WRITERS:
        raise ValueError(f"writers are numbered from 0 to {MOST_WRITERS:,}, got {writer}")


def next_writer(folder: Path) -> int:
    """The first number that no writer of a data set has: 0 in a new one."""
    if not (folder / CARD).exists():
        return 0
    return 1 + max(json.loads((folder / CARD).read_text(encoding="utf-8")).get("writers", {}).values(), default=-1)


def check_labels(labels: Tensor, num_classes: int) -> None:
    """Raise a ValueError that names the first label outside 0…num_classes - 1."""
    outside = labels[(labels < 0) | (labels >= num_classes)]
    if len(outside):
        raise ValueError(
            f"label {int(outside[0])} does not fit a model with {num_classes} classes (labels 0…{num_classes - 1}); "
            "build the model with num_classes=len(loader.classes)"
        )


def read_card(folder: Path) -> tuple[dict[str, str], dict[str, int] | None]:
    """Of a data set that was written here: the class of each folder, and the writer of each picture, if they are known.

    Raises:
        ValueError: the card is damaged.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        classes = {str(name): str(label) for name, label in card["classes"].items()}
        writers = card.get("writers")
        writers = None if writers is None else {str(path): int(writer) for path, writer in writers.items()}
        torch.tensor([0, *(writers or {}).values()])  # numbers that fit into one
    except (AttributeError, KeyError, OverflowError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{folder / CARD} is damaged ({error}); delete it to read the folder as plain pictures") from None
    return classes, writers


def check_outside(folder: str | os.PathLike[str], source: str | os.PathLike[str]) -> None:
    """Raise a ValueError if a folder for results lies in one that is read, or is it: it would be a class of it next time."""
    if Path(source).is_dir() and Path(folder).resolve().is_relative_to(Path(source).resolve()):
        raise ValueError(
            f"{folder} lies within {source}, and would be taken for pictures next time; choose a folder outside of it"
        )


def class_folder(name: str) -> str:
    """A folder name for a class: one per class on every file system, plain where it can be."""
    if not name:
        return "%"
    quoted = quote(name, safe="").replace("_", "%5F").replace(".", "%2E").replace("~", "%7E")
    if re.fullmatch("con|prn|aux|nul|com[0-9]|lpt[0-9]", quoted):  # devices on Windows
        quoted = f"{quoted[:-1]}%{ord(quoted[-1]):02X}"
    return "".join(f"{char}_" if char.isupper() and not _in_escape(quoted, at) else char for at, char in enumerate(quoted))


def _in_escape(quoted: str, at: int) -> bool:
    """Whether a character is one of the two behind a `%`."""
    return "%" in quoted[max(0, at - 2) : at]
