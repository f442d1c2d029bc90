"""Step 6: sheets to print and write on: one row of boxes per character, as many pages as it takes.

All geometry is in `SheetLayout`, in millimetres. A page is drawn from it, and a photo of the page is cut up by it
(`scanning.py`), so the two cannot disagree. Black markers along the edges say where the page lies in a photo, and a QR code says
which page it is, so that one photo alone tells everything.
"""

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import zxingcpp
from matplotlib import get_data_path
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, fontManager, get_font
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from handwriting_workshop.checkpoints import write_atomically

VERSION = 1
"""Of the layout and the page code; another number wherever a page of the old one would be cut up wrongly."""

PAPERS: dict[str, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height in millimetres."""

MARGIN, LABEL, BOX, GAP, HEADER = 15.0, 14.0, 15.0, 2.5, 30.0
"""Millimetres: page margin, room for the printed character, side of a box, space between boxes, room for the instructions.

From top to bottom: margin, header, rows of boxes, margin; from left to right: margin, label, boxes, margin."""

SCALE = 8
"""Pixels per millimetre of a rectified page: about 200 dots per inch."""

MARKER, MARKER_MARGIN = 8.0, 6.0
"""Millimetres: side of a marker, and its distance from the paper's edge (printers leave up to 5 blank)."""

MARKERS_ACROSS, MARKERS_DOWN = 4, 5
"""Markers along the upper and lower edge, and along the left and right one; the corners belong to both."""

CODE, LARGEST_CODE = 30.0, 33
"""Side of the page code in millimetres, and how many modules it may have: each is at least 0.9 mm wide."""

MARKER_CELLS = 6
"""A marker of the 4×4 dictionary has a black border around 4×4 cells."""

PALE, INK = "#bccbd9", "#1b1f24"
MM_PER_INCH = 25.4
DPI = 200

INSTRUCTIONS = (
    "Write the character once in every box of its row, as you usually do, with a dark pen.",
    "Stay inside the boxes. Cross a box out from corner to corner to have it left out.",
    "Then photograph the page: flat, in even light, without flash, all four corners in view.",
)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


# --- Where everything is --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SheetLayout:
    """Where everything is on a page of some paper, in millimetres from its upper left corner; y grows downwards."""

    paper: str

    def __post_init__(self) -> None:
        if self.paper not in PAPERS:
            raise ValueError(f"unknown paper {self.paper!r}; choose one of: {', '.join(PAPERS)}")

    @property
    def width(self) -> float:
        """Of the paper."""
        return PAPERS[self.paper][0]

    @property
    def height(self) -> float:
        """Of the paper."""
        return PAPERS[self.paper][1]

    @property
    def rows(self) -> int:
        """How many characters fit on one page: rows of boxes below the header, a gap between two rows, none after the last.

        A whole number, int.
        """
        # TODO 6.5: how many boxes fit with gaps between them, and where each one is
        raise NotImplementedError("TODO 6.5: how many boxes fit with gaps between them, and where each one is")

    @property
    def columns(self) -> int:
        """How often each character is written: boxes beside the label, a gap between two boxes, none after the last.

        A whole number, int.
        """
        # TODO 6.5: how many boxes fit with gaps between them, and where each one is
        raise NotImplementedError("TODO 6.5: how many boxes fit with gaps between them, and where each one is")

    def box(self, row: int, column: int) -> Box:
        """The box to write in: row 0 begins right below the header, column 0 right beside the label; a gap lies between two."""
        # TODO 6.5: how many boxes fit with gaps between them, and where each one is
        raise NotImplementedError("TODO 6.5: how many boxes fit with gaps between them, and where each one is")

    def label(self, row: int) -> Box:
        """The room for the printed character at the start of a row."""
        top = MARGIN + HEADER + row * (BOX + GAP)
        return MARGIN, top, MARGIN + LABEL - GAP, top + BOX

    @property
    def code(self) -> Box:
        """The page code: above the last box, right-aligned with it."""
        right = self.box(0, self.columns - 1)[2]
        return right - CODE, MARKER_MARGIN + 4, right, MARKER_MARGIN + 4 + CODE

    @property
    def markers(self) -> dict[int, Box]:
        """Each marker's number and place: clockwise from the upper left corner. Each paper has numbers of its own."""
        right, bottom = (side - MARKER_MARGIN - MARKER for side in PAPERS[self.paper])
        across = np.linspace(MARKER_MARGIN, right, MARKERS_ACROSS).tolist()
        down = np.linspace(MARKER_MARGIN, bottom, MARKERS_DOWN).tolist()
        upper, lower = [(x, MARKER_MARGIN) for x in across], [(x, bottom) for x in reversed(across)]
        places = upper + [(right, y) for y in down[1:-1]] + lower + [(MARKER_MARGIN, y) for y in reversed(down[1:-1])]
        first = len(places) * list(PAPERS).index(self.paper)
        return {first + number: (x, y, x + MARKER, y + MARKER) for number, (x, y) in enumerate(places)}

    @property
    def corners(self) -> dict[int, str]:
        """The markers in the page's corners, and what people call these corners."""
        numbers = list(self.markers)
        names = ("upper left", "upper right", "lower right", "lower left")
        places = (0, MARKERS_ACROSS - 1, MARKERS_ACROSS + MARKERS_DOWN - 2, 2 * MARKERS_ACROSS + MARKERS_DOWN - 3)
        return {numbers[place]: name for place, name in zip(places, names, strict=True)}


@dataclass(frozen=True, kw_only=True)
class PageCode:
    """What a page's code says: all that is needed to read the page."""

    paper: str
    page: int
    """Counted from 1."""
    pages: int
    sheet: str
    """Four hexadecimal digits: the same on all pages of a sheet, others on a sheet for other characters."""
    characters: tuple[str, ...]
    """Of this page's rows, from top to bottom."""

    def to_bytes(self) -> bytes:
        """As few bytes as possible, so that the modules are large: MessagePack, single characters joined to one text."""
        single = all(len(text) == 1 for text in self.characters)
        characters = "".join(self.characters) if single else self.characters
        return msgspec.msgpack.encode(("HW", VERSION, self.paper, self.page, self.pages, self.sheet, characters))

    @classmethod
    def from_bytes(cls, data: bytes) -> "PageCode":
        """What `to_bytes` wrote.

        Raises:
            ValueError: another code than ours, or one of another version.
        """
        try:
            mark, version, *fields = msgspec.msgpack.decode(data, type=list)
        except (msgspec.DecodeError, ValueError):
            mark = None
        if mark != "HW":
            raise ValueError("its code is none of the workshop's")
        if version != VERSION:
            raise ValueError(f"it is a sheet of version {version}, and this workshop reads version {VERSION}; print a new sheet")
        try:
            paper, page, pages, sheet, characters = msgspec.convert(fields, tuple[str, int, int, str, str | list[str]])
            code = cls(paper=paper, page=page, pages=pages, sheet=sheet, characters=tuple(characters))
            fits = 1 <= page <= pages and 1 <= len(code.characters) <= SheetLayout(paper).rows
        except ValueError:
            fits = False
        if not fits:
            raise ValueError("its code is damaged; print the page anew")
        return code


# --- Files to print -------------------------------------------------------------------------------------------------------


def rows_per_page(paper: str) -> int:
    """How many characters fit on one page."""
    return SheetLayout(paper.lower()).rows


def boxes_per_row(paper: str) -> int:
    """How often each character is written."""
    return SheetLayout(paper.lower()).columns


def create_sample_sheet(output_path: str | os.PathLike[str], characters: Sequence[str], *, paper: str = "a4") -> list[Path]:
    """Write a sheet for some characters: one PDF with all pages, or one PNG per page (`name.png`, `name-2.png`, …).

    Print it at 100 % ("actual size").

    Raises:
        ValueError: no characters, one that no installed font can print, more than a page code can hold, an unknown paper, or
            another suffix than .pdf and .png.
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
    figures = [_draw_page(code) for code in page_codes(wanted, paper.lower())]
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


def page_codes(characters: Sequence[str], paper: str) -> list[PageCode]:
    """The codes of all pages of a sheet, in order."""
    rows = SheetLayout(paper).rows
    pages = [tuple(characters[at : at + rows]) for at in range(0, len(characters), rows)]
    sheet = hashlib.sha256(repr((VERSION, paper, tuple(characters))).encode()).hexdigest()[:4]
    return [
        PageCode(paper=paper, page=number, pages=len(pages), sheet=sheet, characters=page)
        for number, page in enumerate(pages, start=1)
    ]


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


# --- Drawing --------------------------------------------------------------------------------------------------------------


def _draw_page(code: PageCode) -> Figure:
    """One page; coordinates are the layout's millimetres."""
    layout = SheetLayout(code.paper)
    figure = Figure(figsize=(layout.width / MM_PER_INCH, layout.height / MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, layout.width), ylim=(layout.height, 0))
    axes.axis("off")
    for number, place in layout.markers.items():
        axes.add_artist(_dark_cells(marker_cells(number), place))
    axes.add_artist(_dark_cells(code_modules(code), layout.code))
    small: dict[str, Any] = {"fontsize": 8, "va": "baseline", "color": INK, "parse_math": False}
    axes.text(MARGIN + 1, 24, "Handwriting sample sheet", fontsize=15, fontweight="bold", va="baseline", color=INK)
    for line, text in enumerate(INSTRUCTIONS):
        axes.text(MARGIN + 1, 29 + 4 * line, text, **small)
    axes.text(MARGIN + 1, 42.5, "Writer:", **small)
    axes.plot([MARGIN + 12, MARGIN + 80], [43] * 2, color=INK, linewidth=0.5)
    axes.text(layout.code[0] - 3, 42.5, f"page {code.page} of {code.pages}", ha="right", **small)
    for row, character in enumerate(code.characters):
        left, top, right, bottom = layout.label(row)
        label: dict[str, Any] = {"fontsize": 22, "ha": "center", "va": "center", "color": INK, "parse_math": False}
        axes.text((left + right) / 2, (top + bottom) / 2, character, fontproperties=font_for(character), **label)
        for column in range(layout.columns):
            left, top, _, _ = layout.box(row, column)
            axes.add_patch(Rectangle((left, top), BOX, BOX, fill=False, edgecolor=PALE, linewidth=0.8))
    return figure


def marker_cells(number: int) -> np.ndarray:
    """(6, 6) bool: which cells of a marker are dark."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    return cv2.aruco.generateImageMarker(dictionary, number, MARKER_CELLS) == 0


def code_modules(code: PageCode) -> np.ndarray:
    """(N, N) bool: which modules of the page code are dark; as much error correction as its size allows.

    Raises:
        ValueError: the characters need more modules than can be printed large enough.
    """
    for correction in ("Q", "M", "L"):
        barcode = zxingcpp.create_barcode(code.to_bytes(), zxingcpp.BarcodeFormat.QRCode, ec_level=correction)
        modules = np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) == 0
        if len(modules) <= LARGEST_CODE:
            return modules
    raise ValueError(f"the characters of page {code.page} are too long for its code: {' '.join(code.characters)}; shorten them")


def _dark_cells(cells: np.ndarray, place: Box) -> PathPatch:
    """The dark cells of a square pattern as one shape: drawn one by one, they would have pale seams between them."""
    left, top, right, _ = place
    side = (right - left) / len(cells)
    squares = [
        Outline([(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)], closed=True)
        for x, y in ((left + side * column, top + side * row) for row, column in np.argwhere(cells))
    ]
    return PathPatch(Outline.make_compound_path(*squares), facecolor="black", linewidth=0)
