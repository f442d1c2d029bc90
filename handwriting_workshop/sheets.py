"""Step 6: sheets to print and write on: one row of boxes per character, as many pages as it takes."""

import io
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import get_data_path
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, fontManager, get_font
from matplotlib.patches import Rectangle

from handwriting_workshop.checkpoints import write_atomically

PAPERS: dict[str, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height in millimetres."""

MARGIN, LABEL, BOX, GAP, HEADER = 15.0, 14.0, 15.0, 2.5, 30.0
"""Millimetres: page margin, room for the printed character, side of a box, space between boxes, room for the instructions."""

PALE, INK = "#9fb4c7", "#1b1f24"
MM_PER_INCH = 25.4
DPI = 200

INSTRUCTIONS = (
    "Write each character once in every box of its row, as you usually do, with a dark pen.",
    "Stay inside the boxes. Leave a box empty, or strike it out, if something went wrong.",
)


def rows_per_page(paper: str) -> int:
    """How many characters fit on one page."""
    _, height = _paper_size(paper)
    return int((height - 2 * MARGIN - HEADER + GAP) / (BOX + GAP))


def boxes_per_row(paper: str) -> int:
    """How often each character is written."""
    width, _ = _paper_size(paper)
    return int((width - 2 * MARGIN - LABEL + GAP) / (BOX + GAP))


def create_sample_sheet(output_path: str | os.PathLike[str], characters: Sequence[str], *, paper: str = "a4") -> list[Path]:
    """Write a sheet for some characters: one PDF with all pages, or one PNG per page (`name.png`, `name-2.png`, …).

    Print it at 100 % ("actual size").

    Raises:
        ValueError: no characters, one that no installed font can print, an unknown paper, or another suffix than .pdf and .png.
        OSError: the file could not be written; one that was there before is untouched.
    """
    path = Path(output_path)
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"a sheet is written as .pdf or .png, got {path.name!r}")
    wanted = list(dict.fromkeys(characters))
    if not wanted:
        raise ValueError("there are no characters to put on the sheet")
    if missing := [text for text in wanted if font_for(text) is None]:
        named = ", ".join(map(repr, missing))
        raise ValueError(f"no installed font can print: {named}; install one that has them, or leave them out")
    rows = rows_per_page(paper)
    pages = [wanted[at : at + rows] for at in range(0, len(wanted), rows)]
    figures = [_draw_page(page, paper, number, len(pages)) for number, page in enumerate(pages, start=1)]
    if path.suffix.lower() == ".pdf":
        buffer = io.BytesIO()
        with PdfPages(buffer, metadata={"Title": "Handwriting sample sheet", "CreationDate": None}) as document:
            for figure in figures:
                document.savefig(figure)
        return [write_atomically(path, buffer.getvalue())]
    written = []
    for number, figure in enumerate(figures, start=1):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        written.append(write_atomically(target, buffer.getvalue()))
    return written


@cache
def font_for(text: str) -> FontProperties | None:
    """A font that has all characters of a text: matplotlib's own DejaVu Sans, or else any that is installed.

    Not matplotlib's other fonts: "Last Resort" has a box for whatever exists, the rest is for mathematics.
    """
    own = FontProperties(family="DejaVu Sans")
    others = (entry for entry in fontManager.ttflist if not _is_placeholder(entry))
    installed = [FontProperties(fname=entry.fname) for entry in others]
    return next((font for font in (own, *installed) if _has_glyphs(font, text)), None)


def _is_placeholder(entry: FontEntry) -> bool:
    return entry.fname.startswith(get_data_path()) or "lastresort" in entry.name.lower().replace(" ", "")


def _has_glyphs(font: FontProperties, text: str) -> bool:
    try:
        face = get_font(fontManager.findfont(font))
    except (OSError, RuntimeError):  # a damaged or unusual font file among the installed ones
        return False
    return all(face.get_char_index(ord(character)) for character in text)


def _paper_size(paper: str) -> tuple[float, float]:
    if paper.lower() not in PAPERS:
        raise ValueError(f"unknown paper {paper!r}; choose one of: {', '.join(PAPERS)}")
    return PAPERS[paper.lower()]


def _draw_page(characters: Sequence[str], paper: str, number: int, pages: int) -> Figure:
    """One page; coordinates are millimetres from its upper left corner."""
    width, height = _paper_size(paper)
    figure = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    axes.text(MARGIN, MARGIN, "Handwriting sample sheet", fontsize=15, fontweight="bold", va="top", color=INK)
    axes.text(width - MARGIN, MARGIN + 1, f"page {number} of {pages}", fontsize=9, ha="right", va="top", color=INK)
    for line, text in enumerate(INSTRUCTIONS):
        axes.text(MARGIN, MARGIN + 9 + 5 * line, text, fontsize=9, va="top", color=INK)
    axes.text(MARGIN, MARGIN + 23, "Writer:", fontsize=9, va="baseline", color=INK)
    axes.plot([MARGIN + 13, MARGIN + 85], [MARGIN + 23.6] * 2, color=INK, linewidth=0.5)
    for row, character in enumerate(characters):
        top = MARGIN + HEADER + row * (BOX + GAP)
        label: dict[str, Any] = {"fontsize": 22, "ha": "center", "va": "center", "color": INK, "parse_math": False}
        axes.text(MARGIN + LABEL / 2 - 2, top + BOX / 2, character, fontproperties=font_for(character), **label)
        for column in range(boxes_per_row(paper)):
            left = MARGIN + LABEL + column * (BOX + GAP)
            axes.add_patch(Rectangle((left, top), BOX, BOX, fill=False, edgecolor=PALE, linewidth=0.8))
    return figure
