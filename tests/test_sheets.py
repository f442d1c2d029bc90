"""Step 6: sample sheets to print and write on."""

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import pytest
import torch
import zxingcpp
from matplotlib import get_data_path
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties
from matplotlib.patches import Rectangle
from PIL import Image

from handwriting_workshop import sheets
from handwriting_workshop.images import open_picture, to_grey
from handwriting_workshop.sheets import (
    BOX,
    DPI,
    MM_PER_INCH,
    PageCode,
    SheetLayout,
    boxes_per_row,
    code_modules,
    create_sample_sheet,
    font_for,
    page_codes,
    rows_per_page,
)
from handwriting_workshop.synthetic import CHARACTER_SETS

CHARACTERS_36 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The pages that are drawn during a test; pixels are left coarse, so that they are quick to make."""
    drawn: list[Figure] = []
    draw_page = sheets._draw_page

    def remember(*arguments: object) -> Figure:
        drawn.append(draw_page(*arguments))
        return drawn[-1]

    monkeypatch.setattr(sheets, "_draw_page", remember)
    monkeypatch.setattr(sheets, "DPI", 20)
    return drawn


def texts(page: Figure) -> list[str]:
    """All that is printed on a page."""
    return [text.get_text() for text in page.axes[0].texts]


# --- Paper ---


@pytest.mark.parametrize(("paper", "millimetres"), [("a4", (210, 297)), ("A4", (210, 297)), ("letter", (215.9, 279.4))])
def test_a_png_has_the_papers_size_at_200_dots_per_inch(tmp_path, paper: str, millimetres: tuple[float, float]) -> None:
    """Width and height in pixels are the paper's in inches times 200, and the file says 200 dots per inch."""
    (path,) = create_sample_sheet(tmp_path / "sheet.png", "a", paper=paper)
    with Image.open(path) as picture:
        assert picture.size == pytest.approx([side / MM_PER_INCH * DPI for side in millimetres], abs=1)
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)


@pytest.mark.parametrize(("paper", "points"), [("a4", (595.28, 841.89)), ("letter", (612, 792))])
def test_a_pdf_has_the_papers_size(tmp_path, paper: str, points: tuple[float, float]) -> None:
    """The MediaBox of its page is A4 or Letter, in points of 1/72 inch."""
    (path,) = create_sample_sheet(tmp_path / "sheet.pdf", "a", paper=paper)
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", path.read_bytes())
    assert [float(side) for side in box] == pytest.approx(points, abs=0.01)


def test_boxes_are_15_millimetres_and_lie_on_the_paper(tmp_path, pages: list[Figure]) -> None:
    """All boxes of a full page are squares of 15 mm, apart from each other, at least 10 mm from the paper's edge."""
    for paper, (width, height) in sheets.PAPERS.items():
        pages.clear()
        create_sample_sheet(tmp_path / f"{paper}.pdf", CHARACTERS_36[: rows_per_page(paper)], paper=paper)
        boxes = [patch for patch in pages[0].axes[0].patches if isinstance(patch, Rectangle)]
        assert len(boxes) == rows_per_page(paper) * boxes_per_row(paper)
        corners = sorted(box.get_xy() for box in boxes)
        assert {(box.get_width(), box.get_height()) for box in boxes} == {(BOX, BOX)}
        assert min(min(corner) for corner in corners) >= 10
        assert max(left for left, _ in corners) + BOX <= width - 10
        assert max(top for _, top in corners) + BOX <= height - 10
        assert all(
            max(abs(left - other_left), abs(top - other_top)) > BOX
            for number, (left, top) in enumerate(corners)
            for other_left, other_top in corners[:number]
        )


# --- Pages and characters ---


@pytest.mark.parametrize(
    ("characters", "paper", "count"),
    [
        ("A", "a4", 1),
        (CHARACTERS_36, "a4", 3),
        (CHARACTERS_36, "letter", 3),
        (CHARACTER_SETS["mixed"], "a4", 5),
        (CHARACTER_SETS["mixed"], "letter", 6),
    ],
    ids=["one", "36 on A4", "36 on Letter", "62 on A4", "62 on Letter"],
)
def test_there_are_as_many_pages_as_it_takes(
    tmp_path, pages: list[Figure], characters: Sequence[str], paper: str, count: int
) -> None:
    """13 rows fit on A4 and 12 on Letter: one PDF with so many pages, or so many PNGs, numbered from the second."""
    (document,) = create_sample_sheet(tmp_path / "sheet.pdf", characters, paper=paper)
    assert len(re.findall(rb"/Type /Page\b(?!s)", document.read_bytes())) == count
    pictures = create_sample_sheet(tmp_path / "sheet.png", characters, paper=paper)
    names = ["sheet.png"] + [f"sheet-{number}.png" for number in range(2, count + 1)]
    assert [path.name for path in pictures] == names
    assert all(path.is_file() for path in pictures)
    assert len(pages) == 2 * count
    assert [f"page {number} of {count}" in texts(page) for number, page in enumerate(pages[:count], start=1)] == [True] * count


def test_every_character_is_printed_once_in_order(tmp_path, pages: list[Figure]) -> None:
    """All 82 characters of the sets stand on the sheet, each once, in the order given; repeats are dropped."""
    characters = list(CHARACTER_SETS["mixed"] + CHARACTER_SETS["symbols"])
    create_sample_sheet(tmp_path / "sheet.pdf", [*characters, "A", "A"])
    assert [text for page in pages for text in texts(page) if len(text) == 1] == characters


def test_every_page_says_what_to_do(tmp_path, pages: list[Figure]) -> None:
    """Title, instructions and a line for the writer stand on each page."""
    create_sample_sheet(tmp_path / "sheet.pdf", CHARACTERS_36)
    for page in pages:
        assert {"Handwriting sample sheet", "Writer:", *sheets.INSTRUCTIONS} <= set(texts(page))


def test_dollars_and_backslashes_are_printed_as_they_are(tmp_path, pages: list[Figure]) -> None:
    """What means mathematics to matplotlib does not, here."""
    create_sample_sheet(tmp_path / "sheet.png", ["$", "\\", "_", "^", "{", "%", "#"])
    labels = [text for text in pages[0].axes[0].texts if len(text.get_text()) == 1]
    assert [label.get_text() for label in labels] == ["$", "\\", "_", "^", "{", "%", "#"]
    assert not any(label.get_parse_math() for label in labels)


def test_letters_of_other_alphabets_are_printed(tmp_path, pages: list[Figure]) -> None:
    """Umlauts, Greek and Cyrillic have glyphs in the font that matplotlib brings."""
    create_sample_sheet(tmp_path / "sheet.pdf", "äßéΩжŁ")
    assert [text for text in texts(pages[0]) if len(text) == 1] == list("äßéΩжŁ")
    assert font_for("Ω").get_name() == "DejaVu Sans"


def test_a_printed_sheet_shows_characters_and_pale_boxes(tmp_path) -> None:
    """In the picture, there is dark ink where the character stands, and none inside the boxes."""
    (path,) = create_sample_sheet(tmp_path / "sheet.png", "M")
    grey = to_grey(open_picture(path))

    def part(left: float, top: float, right: float, bottom: float) -> torch.Tensor:
        first_row, last_row, first_column, last_column = (round(at / MM_PER_INCH * DPI) for at in (top, bottom, left, right))
        return grey[first_row:last_row, first_column:last_column]

    top = sheets.MARGIN + sheets.HEADER
    box = sheets.MARGIN + sheets.LABEL
    assert part(sheets.MARGIN, top, box - 1, top + BOX).min() < 60  # the M
    assert part(box + 1, top + 1, box + BOX - 1, top + BOX - 1).min() == 255  # the first box, inside
    assert 100 < part(box - 1, top + 5, box + 1, top + 6).min() < 220  # its left border


def test_the_same_sheet_is_the_same_file(tmp_path) -> None:
    """Two PDFs of one sheet are equal, byte for byte: no date is in them."""
    first, again = (create_sample_sheet(tmp_path / name, "ab")[0].read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first == again


# --- What a photo is read by ---


@pytest.mark.parametrize("paper", sheets.PAPERS)
def test_nothing_on_a_page_overlaps(paper: str) -> None:
    """Markers, code, labels and boxes lie apart, at least 5 mm from the paper's edge; markers and code with white around them."""
    layout = SheetLayout(paper)
    boxes = [layout.box(row, column) for row in range(layout.rows) for column in range(layout.columns)]
    places = [
        *((place, 1.3) for place in layout.markers.values()),  # a cell of a marker
        (layout.code, 2.0),
        *((place, 0.5) for place in [*boxes, *map(layout.label, range(layout.rows))]),
    ]
    for number, ((left, top, right, bottom), white) in enumerate(places):
        assert min(left, top, layout.width - right, layout.height - bottom) >= 5
        for (other_left, other_top, other_right, other_bottom), _ in places[:number]:
            apart = max(other_left - right, left - other_right, other_top - bottom, top - other_bottom)
            assert apart >= white, (places[number], (other_left, other_top))


def test_the_markers_are_printed_where_the_layout_says(tmp_path) -> None:
    """OpenCV finds all 14 of them, each with its number, within 0.2 mm; A4 and Letter have none in common."""
    numbers = [set(SheetLayout(paper).markers) for paper in sheets.PAPERS]
    assert set.intersection(*numbers) == set()
    for paper in sheets.PAPERS:
        layout = SheetLayout(paper)
        (path,) = create_sample_sheet(tmp_path / f"{paper}.png", "a", paper=paper)
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
        corners, found, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(to_grey(open_picture(path)).numpy())
        places = {
            number: (place[0].min(axis=0), place[0].max(axis=0)) for number, place in zip(found.ravel(), corners, strict=True)
        }
        assert set(places) == set(layout.markers)
        for number, (first, last) in places.items():
            wanted = torch.tensor(layout.markers[number]) / MM_PER_INCH * DPI
            assert [*first, *last + 1] == pytest.approx(wanted.tolist(), abs=0.2 / MM_PER_INCH * DPI)


@pytest.mark.parametrize("characters", [list("/|'\\é"), ["A", "ab", " ", "7"]], ids=["symbols", "longer and blank ones"])
def test_a_page_says_which_page_it_is(tmp_path, characters: list[str]) -> None:
    """Any reader of QR codes gets the sheet, the page and its characters, in their order, from the printed page alone."""
    (path,) = create_sample_sheet(tmp_path / "sheet.png", characters)
    (barcode,) = zxingcpp.read_barcodes(to_grey(open_picture(path)).numpy())
    code = PageCode.from_bytes(barcode.bytes)
    assert code == page_codes(characters, "a4")[0]
    assert (code.paper, code.page, code.pages, code.characters) == ("a4", 1, 1, tuple(characters))


def test_pages_of_one_sheet_have_its_number() -> None:
    """The same on its three pages, another one for other characters or other paper."""
    codes = page_codes(CHARACTERS_36, "a4")
    assert [(code.page, code.pages) for code in codes] == [(1, 3), (2, 3), (3, 3)]
    assert "".join("".join(code.characters) for code in codes) == CHARACTERS_36
    assert len({code.sheet for code in codes}) == 1
    others = (page_codes(CHARACTERS_36[::-1], "a4"), page_codes(CHARACTERS_36, "letter"))
    assert all(other[0].sheet != codes[0].sheet for other in others)


@pytest.mark.parametrize(
    "characters", ["0123456789ABC", "一二三四五六七八九十百千萬", "\U0001f600" * 13], ids=["Latin", "Chinese", "emoji"]
)
def test_the_codes_modules_are_at_least_0_9_millimetres(characters: str) -> None:
    """Also with 13 characters of four bytes each; and what is in it comes out again."""
    code = PageCode(paper="a4", page=99, pages=120, sheet="ffff", characters=tuple(characters))
    modules = code_modules(code)
    assert sheets.CODE / len(modules) >= 0.9
    assert PageCode.from_bytes(code.to_bytes()) == code


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"https://example.org", "none of the workshop's"),
        (msgspec.msgpack.encode(["HW", 2, "a4"]), "a sheet of version 2, and this workshop reads version 1; print a new sheet"),
        (msgspec.msgpack.encode(["HW", 1, "a4", 1, 1, "ffff"]), "damaged"),
        (msgspec.msgpack.encode(["HW", 1, "a9", 1, 1, "ffff", "a"]), "damaged"),
        (msgspec.msgpack.encode(["HW", 1, "a4", 3, 2, "ffff", "a"]), "damaged"),
        (msgspec.msgpack.encode(["HW", 1, "a4", 1, 1, "ffff", "a" * 14]), "damaged"),
    ],
    ids=["another code", "another version", "cut off", "unknown paper", "page 3 of 2", "more rows than fit"],
)
def test_a_code_that_is_not_ours_is_refused(data: bytes, message: str) -> None:
    """Nothing is guessed from it."""
    with pytest.raises(ValueError, match=message):
        PageCode.from_bytes(data)


# --- What cannot be printed ---


def test_characters_that_are_too_long_for_the_code_are_refused(tmp_path) -> None:
    """They are named, and nothing is written."""
    with pytest.raises(ValueError, match=r"too long for its code: abcdefghijklmnop.*; shorten them"):
        create_sample_sheet(tmp_path / "sheet.pdf", ["abcdefghijklmnop" * 3, "x" * 40])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "characters", "paper", "message"),
    [
        ("sheet.jpg", "abc", "a4", r"written as \.pdf or \.png, got 'sheet\.jpg'"),
        ("sheet", "abc", "a4", r"written as \.pdf or \.png, got 'sheet'"),
        ("sheet.pdf", "abc", "a5", "unknown paper 'a5'; choose one of: a4, letter"),
        ("sheet.pdf", "", "a4", "there are no characters"),
    ],
    ids=["wrong suffix", "no suffix", "unknown paper", "no characters"],
)
def test_what_cannot_be_printed_is_refused_and_nothing_is_written(
    tmp_path, name: str, characters: Sequence[str], paper: str, message: str
) -> None:
    """The error gives the value and the choices."""
    with pytest.raises(ValueError, match=message):
        create_sample_sheet(tmp_path / name, characters, paper=paper)
    assert list(tmp_path.iterdir()) == []


def test_a_character_that_no_font_has_is_named(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With matplotlib's fonts alone, a Chinese character and two without any glyph are named, readably; a box is no glyph."""
    own = [entry for entry in sheets.fontManager.ttflist if entry.fname.startswith(get_data_path())]
    monkeypatch.setattr(sheets.fontManager, "ttflist", own)
    font_for.cache_clear()
    with pytest.raises(ValueError, match=r"no installed font can print: '中', '\\ue000', '\\U0010ffff'; install one"):
        create_sample_sheet(tmp_path / "sheet.pdf", ["a", "中", "\ue000", "\U0010ffff"])
    font_for.cache_clear()
    assert list(tmp_path.iterdir()) == []


def test_another_installed_font_steps_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that DejaVu Sans lacks is printed with the first installed font that has it."""
    has_glyphs = sheets._has_glyphs
    monkeypatch.setattr(sheets.fontManager, "ttflist", [FontEntry(fname="/fonts/asian.ttf", name="Asian")])
    monkeypatch.setattr(sheets, "_has_glyphs", lambda font, text: font.get_file() == "/fonts/asian.ttf" or has_glyphs(font, text))
    font_for.cache_clear()
    assert font_for("中").get_file() == "/fonts/asian.ttf"
    assert font_for("a").get_name() == "DejaVu Sans"
    font_for.cache_clear()


def test_a_damaged_font_among_the_installed_ones_is_passed_over(tmp_path) -> None:
    """It has no glyphs, and is no error."""
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert not sheets._has_glyphs(FontProperties(fname=str(tmp_path / "broken.ttf")), "a")


def test_a_sheet_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is an OSError that names the file; the sheet from before is as it was."""
    (old,) = create_sample_sheet(tmp_path / "sheet.pdf", "a")
    content = old.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(
        OSError, match=r"could not write .*sheet\.pdf: No space left on device; the file from before is untouched"
    ):
        create_sample_sheet(tmp_path / "sheet.pdf", "b")
    assert old.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.pdf"]


def test_folders_of_a_sheet_are_made(tmp_path) -> None:
    """new/folder/sheet.pdf is written."""
    (path,) = create_sample_sheet(tmp_path / "new" / "folder" / "sheet.pdf", "a")
    assert path.read_bytes().startswith(b"%PDF")
