"""What a scan took and what it left out: as a table (`collected.csv`), and as one picture, the contact sheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.samples import CONTACT_SHEET, REPORT
from handwriting_workshop.sheets import SheetLayout, font_for

if TYPE_CHECKING:
    from handwriting_workshop.dataset_creator import LeftOut
    from handwriting_workshop.scanning import SheetReading

COLOURS = {"taken": "#ffffff", "empty": "#c9ced6", "struck out": "#d9742b", "unclear": "#9b4fa5"}
"""What can become of a cell -> the colour of its frame in the contact sheet."""

CELL, FRAME = 46, 4
"""Pixels of a cell in the contact sheet, and of its frame."""

DPI = 144

# --- The table ------------------------------------------------------------------------------------------------------------

Row = dict[str, str]
"""Column -> text."""


def read_report(folder: Path) -> list[Row]:
    """What earlier scans wrote into a data set; nothing if it has no report.

    Raises:
        ValueError: another program has saved it in a form of its own.
    """
    path = folder / REPORT
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "file" not in (rows.fieldnames or ()):
            raise ValueError(f"{path} is no table with commas and a column `file` any more: save it like that, or move it away")
        return list(rows)


def write_report(folder: Path, rows: Sequence[Row]) -> Path:
    """All rows, those of other kinds of data sets included: columns that a row does not have stay empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(column for row in rows for column in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return write_atomically(folder / REPORT, text.getvalue().encode())


def report_rows(
    readings: Mapping[str, "SheetReading"], left_out: Sequence["LeftOut"], images: Mapping[int, str], writer: int
) -> list[Row]:
    """A row for each cell, and for each photo that was left out; `images` has the file of each taken cell, by its `id`."""
    rows = [
        {
            "file": name,
            "class": cell.character,
            "left_out_because": "" if cell.verdict == "taken" else f"{cell.verdict}: {cell.reason}",
            "sheet": reading.code.sheet,
            "page": str(reading.code.page),
            "row": str(cell.row + 1),
            "column": str(cell.column + 1),
            "writer": str(writer),
            "image": images.get(id(cell), ""),
        }
        for name, reading in readings.items()
        for cell in reading.cells
    ]
    return rows + [{"file": entry.path, "left_out_because": entry.reason} for entry in left_out]


# --- The picture ----------------------------------------------------------------------------------------------------------


def write_contact_sheet(folder: Path, readings: Mapping[str, "SheetReading"]) -> Path:
    """The contact sheet of a scan, beside those of earlier ones."""
    candidates = (folder / CONTACT_SHEET.replace("*", str(number)) for number in range(1, 10**6))
    path = next(path for path in candidates if not path.exists())
    buffer = io.BytesIO()
    FigureCanvasPdf(plot_contact_sheet(readings)).print_pdf(buffer, metadata={"CreationDate": None})
    return write_atomically(path, buffer.getvalue())


def plot_contact_sheet(readings: Mapping[str, "SheetReading"]) -> Figure:
    """All pages of a scan: what was taken as it is in the data set, and what was left out in a frame of the reason's colour."""
    across = min(4, len(readings))
    down = -(-len(readings) // across)
    most_rows = max(len(reading.code.characters) for reading in readings.values())
    columns = max(SheetLayout(reading.code.paper).columns for reading in readings.values())
    size = (across * (0.36 * columns + 0.6), down * (0.36 * most_rows + 0.5) + 0.4)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, (name, reading) in zip(grid.flat, readings.items(), strict=False):
        axes.imshow(_mosaic(reading))
        axes.set_anchor("N")
        title = f"{_shortened(Path(name).name)}: page {reading.code.page} of {reading.code.pages}"
        axes.set_title(title, fontsize=8, parse_math=False)
        for row, character in enumerate(reading.code.characters):
            label = axes.text(-0.2 * CELL, (row + 0.45) * CELL, character, ha="right", va="center", parse_math=False)
            label.set_fontproperties(font_for(character))
            label.set_fontsize(10)
    found: list[str] = [cell.verdict for reading in readings.values() for cell in reading.cells]
    legend = [
        Patch(facecolor=colour, edgecolor="#8a929c", label=f"{verdict}: {found.count(verdict)}")
        for verdict, colour in COLOURS.items()
    ]
    figure.legend(handles=legend, loc="outside lower center", ncols=4 if across > 1 else 2, fontsize=8, frameon=False)
    return figure


def _mosaic(reading: "SheetReading") -> np.ndarray:
    """(height, width, 3) uint8: the cells of a page, in their rows."""
    columns = SheetLayout(reading.code.paper).columns
    picture = Image.new("RGB", (columns * CELL, len(reading.code.characters) * CELL), "white")
    for cell in reading.cells:
        shown = cell.crop if cell.image is None else 255 - cell.image[0]
        inner = Image.fromarray(shown.numpy()).resize([CELL - 2 - 2 * FRAME] * 2, Image.Resampling.LANCZOS)
        tile = Image.new("RGB", (CELL - 2, CELL - 2), COLOURS[cell.verdict])
        tile.paste(inner, (FRAME, FRAME))
        picture.paste(tile, (cell.column * CELL + 1, cell.row * CELL + 1))
    return np.asarray(picture)


def _shortened(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:14]}…{name[-14:]}"
