"""Step 6: photos of filled-in sheets -> a data set: `read_sheet` reads one photo, `scan_sheets` all photos of one writer.

`page_finder.py` finds the page, `cells.py` tells what was written in its boxes, and `scan_report.py` shows what was taken.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from tqdm.auto import tqdm

from handwriting_workshop.cells import (
    Verdict,
    cut_cells,
    find_strokes,
    judge_cell,
    normalize_strokes,
    remove_guides,
    smooth_grain,
)
from handwriting_workshop.dataset_creator import LeftOut
from handwriting_workshop.images import MAX_PIXELS, PictureError, count_pages, open_picture, to_grey
from handwriting_workshop.page_finder import SheetError, find_page
from handwriting_workshop.samples import Samples, check_replaceable, check_writer, next_writer, one_at_a_time
from handwriting_workshop.scan_report import COLOURS, Row, read_report, report_rows, write_contact_sheet, write_report
from handwriting_workshop.sheets import PageCode

SAME_HANDWRITING = 0.85
"""Correlation, in the median of all cells, from which two photos show the same sheet of paper."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cell:
    """What was found in one box."""

    row: int
    column: int
    character: str
    verdict: Verdict
    reason: str
    """Why it was not taken; empty if it was."""
    crop: Tensor
    """As it looks on the evenly lit page: (side, side) uint8, paper 255."""
    image: Tensor | None
    """Normalised: (1, image_size, image_size) uint8, ink 255 on 0; None unless it was taken."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SheetReading:
    """What one photo says: which page it is, and what is in its cells, row by row."""

    code: PageCode
    cells: tuple[Cell, ...]
    misfit: float
    """Millimetres by which the page's markers lie beside their places; 0.1 is usual."""

    @property
    def taken(self) -> tuple[Cell, ...]:
        """The cells with a character that can be used."""
        return tuple(cell for cell in self.cells if cell.verdict == "taken")

    def summary(self) -> str:
        """One line for people."""
        counts = {verdict: sum(cell.verdict == verdict for cell in self.cells) for verdict in COLOURS}
        found = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        return f"page {self.code.page} of {self.code.pages}, sheet {self.code.sheet}: {found}"


# --- One photo ------------------------------------------------------------------------------------------------------------


def read_sheet(image: str | os.PathLike[str] | Image.Image | np.ndarray | Tensor, *, image_size: int = 32) -> SheetReading:
    """What is written on the page in a photo: a file, a picture, or pixels (height, width) or (height, width, 3), uint8.

    Raises:
        PictureError: no picture, or none in which one whole sheet can be read; the text says what to do.
    """
    grey = _grey(image)
    try:
        page = find_page(grey)
    except SheetError as error:
        raise SheetError(f"{image}: {error}" if isinstance(image, str | os.PathLike) else str(error)) from None
    rows = len(page.code.characters)
    cells = cut_cells(page.image, page.layout)[:rows]
    ink = smooth_grain(remove_guides(cells.flatten(0, 1))).reshape(cells.shape)
    read = tuple(
        _read_cell(cells[row, column], ink[row, column], row, column, character, image_size)
        for row, character in enumerate(page.code.characters)
        for column in range(page.layout.columns)
    )
    return SheetReading(code=page.code, cells=read, misfit=page.misfit)


def _read_cell(cell: Tensor, ink: np.ndarray, row: int, column: int, character: str, image_size: int) -> Cell:
    strokes, perhaps = find_strokes(ink)
    verdict, reason = judge_cell(strokes, perhaps)
    image = normalize_strokes(ink, strokes, image_size) if verdict == "taken" else None
    crop = (cell.clamp(0, 1) * 255).round().to(torch.uint8)
    return Cell(row=row, column=column, character=character, verdict=verdict, reason=reason, crop=crop, image=image)


def _grey(image: str | os.PathLike[str] | Image.Image | np.ndarray | Tensor) -> Tensor:
    """(H, W) uint8 from whatever holds a picture."""
    if isinstance(image, Image.Image):
        return to_grey(ImageOps.exif_transpose(image))
    if isinstance(image, np.ndarray | Tensor):
        pixels = np.asarray(image)
        is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
        if pixels.dtype != np.uint8 or not is_picture or not pixels.size:
            got = f"{pixels.dtype} of shape {pixels.shape}"
            raise PictureError(f"pixels must be uint8 of shape (height, width) or (height, width, 3), got {got}")
        return to_grey(Image.fromarray(pixels))
    pictures = list(_pictures(Path(image)))
    if len(pictures) > 1:
        raise PictureError(f"{image}: it has {len(pictures)} pages; scan_sheets (workshop scan) reads them all")
    return pictures[0][1]


def _pictures(path: Path) -> Iterator[tuple[str, Tensor]]:
    """(name, grey picture) of a picture file, or of each page of a PDF or TIFF."""
    if path.suffix.lower() != ".pdf":
        pages = count_pages(path)
        for page in range(pages):
            yield (f"{path}, page {page + 1}" if pages > 1 else str(path)), to_grey(open_picture(path, page))
        return
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            for number, page in enumerate(document, start=1):
                width, height = page.get_size()  # points, 1/72 inch
                scale = min(200 / 72, (MAX_PIXELS / max(width * height, 1)) ** 0.5)
                picture = page.render(scale=scale, grayscale=True).to_pil()
                yield (f"{path}, page {number}" if len(document) > 1 else str(path)), to_grey(picture)
    except FileNotFoundError:
        raise PictureError(f"{path}: there is no such file") from None
    except pypdfium2.PdfiumError as error:
        raise PictureError(f"{path}: damaged, or protected by a password ({error})") from None


# --- A data set on disk ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Scanned:
    """What a pile of photos gave."""

    output_dir: Path
    samples: Samples
    writer: int
    readings: Mapping[str, SheetReading]
    """By the photo's name; those that were used."""
    left_out: tuple[LeftOut, ...]
    """Photos that were not used, and why."""
    contact_sheet: Path

    def summary(self) -> str:
        """A few lines for people."""
        lines = [f"{len(self.samples)} characters by writer {self.writer} taken from {len(self.readings)} page(s)"]
        lines += [f"  {name}: {reading.summary()}" for name, reading in self.readings.items()]
        lines += [f"  {entry.path}: left out: {entry.reason}" for entry in self.left_out]
        return "\n".join(lines + [f"  {text}" for text in _missing_pages(self.readings.values())])


def scan_sheets(
    paths: Sequence[str | os.PathLike[str]],
    output_dir: str | os.PathLike[str],
    *,
    image_size: int = 32,
    writer: int | None = None,
) -> Scanned:
    """Read one writer's photos (or PDFs) and write a data set, or add to one that is there: all that can be used, or nothing.

    The writer gets the next free number unless one is given, so that the data can be split by writer later. `collected.csv`
    says what became of each cell, and a contact sheet shows it. A photo of paper that was read before is left out.

    Raises:
        ValueError: no photo could be read, or nothing is written on the pages.
        FileExistsError: the folder has something in it that is not a data set written here and left as it was.
        BlockingIOError: another program has been writing into the folder for a minute.
    """
    folder = Path(output_dir)
    check_replaceable(folder, by_more=True)
    if image_size < 8:
        raise ValueError(f"image_size must be at least 8, got {image_size}")
    if writer is not None:
        check_writer(writer)
    if not paths:
        raise ValueError("there are no photos to scan")
    with one_at_a_time(folder):
        return _scan(list(dict.fromkeys(map(Path, paths))), folder, image_size, next_writer(folder) if writer is None else writer)


def _scan(paths: Sequence[Path], folder: Path, image_size: int, writer: int) -> Scanned:
    """The same, while nobody else writes into the folder: another scan would take the same writer's number."""
    report = read_report(folder)
    readings: dict[str, SheetReading] = {}
    left_out: list[LeftOut] = []
    for path in tqdm(paths, desc="reading sheets", unit="photo", disable=None, leave=False):
        try:
            for name, grey in _pictures(path):
                try:
                    reading = read_sheet(grey.numpy(), image_size=image_size)
                except PictureError as error:
                    left_out.append(LeftOut(name, str(error)))
                    continue
                before = _read_before(reading, readings, report, folder)
                if before is None:
                    readings[name] = reading
                else:
                    left_out.append(LeftOut(name, f"the same sheet of paper as {before}, which was read before"))
        except PictureError as error:
            left_out.append(LeftOut(str(path), str(error).removeprefix(f"{path}: ")))
    taken = [cell for reading in readings.values() for cell in reading.taken]
    if not taken:
        reasons = "; ".join(f"{entry.path}: {entry.reason}" for entry in left_out[:3])
        blank = f"nothing is written on {', '.join(readings)}" if readings else ""
        raise ValueError("no character could be read: " + "; ".join(filter(None, [reasons, blank])))
    classes = tuple(dict.fromkeys(cell.character for cell in taken))
    samples = Samples(
        torch.stack([cell.image for cell in taken if cell.image is not None]),
        torch.tensor([classes.index(cell.character) for cell in taken]),
        classes,
        torch.full((len(taken),), writer),
    )
    contact_sheet = ""

    def beside(part: Path, written: Sequence[str]) -> None:
        nonlocal contact_sheet
        images = {id(cell): path for cell, path in zip(taken, written, strict=True)}
        write_report(part, report + report_rows(readings, left_out, images, writer))
        contact_sheet = write_contact_sheet(part, readings).name

    samples.add_to_image_folder(folder, beside)
    return Scanned(
        output_dir=folder,
        samples=samples,
        writer=writer,
        readings=readings,
        left_out=tuple(left_out),
        contact_sheet=folder / contact_sheet,
    )


def _missing_pages(readings: Iterable[SheetReading]) -> list[str]:
    """A sentence for each sheet of which some pages were not among the photos."""
    seen: dict[tuple[str, int], set[int]] = {}
    for reading in readings:
        seen.setdefault((reading.code.sheet, reading.code.pages), set()).add(reading.code.page)
    return [
        f"sheet {sheet}: no photo of page {', '.join(map(str, missing))}"
        for (sheet, pages), found in seen.items()
        if (missing := sorted(set(range(1, pages + 1)) - found))
    ]


def _read_before(reading: SheetReading, readings: Mapping[str, SheetReading], report: Sequence[Row], folder: Path) -> str | None:
    """The photo that shows the same sheet of paper, among those of this scan and those in the data set's report."""
    code = reading.code
    images = {(cell.row, cell.column): cell.image for cell in reading.taken}
    candidates: dict[str, dict[tuple[int, int], Tensor | None]] = {
        name: {(cell.row, cell.column): cell.image for cell in other.taken}
        for name, other in readings.items()
        if (other.code.sheet, other.code.page) == (code.sheet, code.page)
    }
    for row in report:
        if (row.get("sheet"), row.get("page")) == (code.sheet, str(code.page)) and row.get("image"):
            place = int(row["row"]) - 1, int(row["column"]) - 1
            candidates.setdefault(row["file"], {})[place] = to_grey(open_picture(folder / row["image"]))[None]
    return next((name for name, others in candidates.items() if _is_same_handwriting(images, others)), None)


def _is_same_handwriting(
    images: Mapping[tuple[int, int], Tensor | None], others: Mapping[tuple[int, int], Tensor | None]
) -> bool:
    """Whether two photos show the same strokes in the same cells: two copies of a page, filled in one after the other, do not."""
    common = [torch.stack([image.flatten(), other.flatten()]).float() for image, other in _pairs(images, others)]
    if not common or 2 * len(common) < max(len(images), len(others)):
        return False
    return float(torch.stack([torch.corrcoef(pair)[0, 1] for pair in common]).median()) > SAME_HANDWRITING


def _pairs(
    images: Mapping[tuple[int, int], Tensor | None], others: Mapping[tuple[int, int], Tensor | None]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The images of the same cells, where both were taken at the same size."""
    for place, image in images.items():
        other = others.get(place)
        if image is not None and other is not None and image.shape == other.shape:
            yield image, other
