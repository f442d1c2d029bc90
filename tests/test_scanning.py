"""From photos of filled-in sheets to a data set: what is taken, what is left out, and why."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from handwriting_workshop.cells import SIDE, cut_cells, remove_guides
from handwriting_workshop.cli import main
from handwriting_workshop.images import PictureError
from handwriting_workshop.page_finder import SCALE, SheetError
from handwriting_workshop.samples import REPORT
from handwriting_workshop.scan_report import plot_contact_sheet
from handwriting_workshop.scanning import SheetReading, read_sheet, scan_sheets
from handwriting_workshop.sheets import SheetLayout, create_sample_sheet, page_codes
from handwriting_workshop.sources import embedded_mnist, load_samples
from tests.photos import (
    EMPTY,
    FILLED,
    STRUCK_OUT,
    Conditions,
    Line,
    Written,
    draw_page,
    simulate,
    take_jpeg,
    take_photo,
    write_page,
)

GOOD = Conditions(dpi=110, rotation=4)
BAD = Conditions(
    ink="pencil",
    dpi=130,
    rotation=130,
    tilt=25,
    blur=0.8,
    noise=5,
    quality=40,
    shadow=0.4,
    gradient=0.3,
    paper_colour=(252, 240, 170),
)

DIGITS = page_codes(["3", "/", "8"], "a4")[0]
"""Two rows of digits, and one that stays empty."""


def circle(x: float, y: float, radius: float) -> Line:
    """Millimetres."""
    return [(x + radius * np.cos(angle), y + radius * np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 20)]


@pytest.fixture(scope="module")
def written() -> Written:
    """A page with digits, empty boxes and struck-out ones."""
    return write_page(DIGITS, embedded_mnist(), seed=1, empty=0.2, struck_out=0.2)


@pytest.fixture(scope="module")
def photo(written: Written) -> np.ndarray:
    """In good light."""
    return take_photo(written, GOOD)


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory: pytest.TempPathFactory, written: Written) -> dict[str, Path]:
    """Files: the page, the same paper from elsewhere, another copy of the page by the same hand, one that shows no sheet."""
    folder = tmp_path_factory.mktemp("photos")
    copy = write_page(DIGITS, embedded_mnist(), seed=2)
    contents = {
        "first.jpg": take_jpeg(written, GOOD),
        "again.jpg": take_jpeg(written, replace(BAD, ink="black", rotation=70), seed=3),
        "copy.jpg": take_jpeg(copy, GOOD),
        "table.jpg": _jpeg(np.full((600, 800, 3), 140, np.uint8)),
        "damaged.jpg": b"no picture",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def _jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG")
    return buffer.getvalue()


def verdicts(reading: SheetReading) -> list[str]:
    """Of all cells, row by row."""
    return [cell.verdict for cell in reading.cells]


def expected(page: Written) -> list[str]:
    """What each cell of a written page should be read as."""
    return [{FILLED: "taken", EMPTY: "empty", STRUCK_OUT: "struck out"}[cell.kind] for cell in page.cells]


def report(folder: Path) -> list[dict[str, str]]:
    """The rows of the table in a data set."""
    with (folder / REPORT).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- Cells ---


def test_each_cell_is_its_box_and_1_mm_around() -> None:
    """13 rows of 9 cells on A4; in each, the box begins 1 mm from the edge."""
    layout = SheetLayout("a4")
    page = torch.ones(297 * SCALE, 210 * SCALE)
    for row in range(layout.rows):
        for column in range(layout.columns):
            left, top, right, bottom = (round(at * SCALE) for at in layout.box(row, column))
            page[top:bottom, left:right] = (row * 10 + column) / 1000
    cells = cut_cells(page, layout)
    assert cells.shape == (13, 9, 17 * SCALE, 17 * SCALE)
    assert cells[4, 7, SCALE : 16 * SCALE, SCALE : 16 * SCALE].unique().tolist() == pytest.approx([0.047])
    assert cells[0, 1, 0, :].unique().tolist() == [1]


def test_guides_are_taken_out_and_strokes_across_them_stay() -> None:
    """The border of a box leaves nothing, a stroke that runs over it keeps most of its darkness."""
    cells = torch.ones(4, SIDE, SIDE)
    for edge in (SCALE, 16 * SCALE):
        cells[:, edge - 1 : edge + 2, SCALE : 16 * SCALE] = 0.88
        cells[:, SCALE : 16 * SCALE, edge - 1 : edge + 2] = 0.88
    cells[1, 60:, 60:64] *= 0.3
    ink = remove_guides(cells)
    assert ink[0].max() == 0
    assert ink[1, 60:, 60:64].min() > 0.6
    assert (ink[1] > 0).sum() == (SIDE - 60) * 4


# --- One photo ---


@pytest.mark.parametrize("seed", [0, 7, 9])
def test_badly_photographed_pages_are_read_without_a_mistake(seed: int) -> None:
    """Tilted, bent, shadowed, noisy and compressed: each cell is taken, empty or struck out as it was written."""
    page, _, photo = simulate(DIGITS, embedded_mnist(), seed)
    reading = read_sheet(photo)
    assert reading.code == DIGITS
    assert verdicts(reading) == expected(page)
    assert [cell.character for cell in reading.cells] == ["3"] * 9 + ["/"] * 9 + ["8"] * 9


def test_crops_look_as_the_digits_that_were_written(written: Written, photo: np.ndarray) -> None:
    """Ink 255 on 0, in MNIST's size and place, with grey edges: nearly what was pasted."""
    digits = embedded_mnist()
    correlations = []
    for cell, found in zip(written.cells, read_sheet(photo).cells, strict=True):
        if cell.sample is None:
            assert found.image is None
            continue
        assert found.image is not None
        assert found.image.dtype == torch.uint8
        assert found.image.shape == (1, 32, 32)
        pair = torch.stack([found.image.flatten(), digits.images[cell.sample].flatten()]).float()
        correlations.append(float(torch.corrcoef(pair)[0, 1]))
        assert ((found.image > 20) & (found.image < 235)).float().mean() > 0.03  # edges are grey
    assert np.mean(correlations) > 0.8  # MNIST's own digits lie up to half a pixel off
    assert min(correlations) > 0.65


STROKES: dict[str, Sequence[Line]] = {
    "X": [[(2, 2), (13, 13)], [(13, 2), (2, 13)]],
    "/": [[(12.5, 1), (4, 14)]],
    "%": [[(12.5, 2), (2.5, 13)], circle(4, 4.5, 1.5), circle(11, 11, 1.5)],
    "N": [[(2, 13), (2, 2), (13, 13), (13, 2)]],
    "Z": [[(2, 2), (13, 2), (2, 13), (13, 13)]],
    ".": [[(7.4, 10), (7.6, 10)]],
    "-": [[(5, 7.5), (9, 7.5)]],
    "|": [[(7.5, 3), (7.5, 12)]],
}
STRIKES: dict[str, Sequence[Line]] = {
    "down": [[(1, 1), (14, 14)]],
    "up": [[(14.2, 0.5), (1.2, 14)]],
    "both": [[(0.5, 0.5), (14.2, 14)], [(14, 1), (1, 14)]],
    "beyond": [[(-1, -0.5), (16, 15.5)]],
    "over a character": [[(1, 1), (14, 14)], circle(7, 7, 4)],
}


@pytest.mark.parametrize(("conditions", "width"), [(GOOD, 0.7), (GOOD, 0.4), (BAD, 0.5)], ids=["pen", "thin pen", "pencil"])
def test_characters_are_told_from_struck_out_boxes(conditions: Conditions, width: float) -> None:
    """X, /, %, N and Z of 11 mm, dots and thin strokes are taken; lines from corner to corner are not."""
    code = page_codes(list("abcd"), "a4")[0]
    shapes = [*STROKES.values(), *STRIKES.values()]
    places = [(at // 9, at % 9) for at in range(0, 2 * len(shapes), 2)]  # every second box stays empty
    page = draw_page(code, dict(zip(places, shapes, strict=True)), width)
    found = {(cell.row, cell.column): cell.verdict for cell in read_sheet(take_photo(page, conditions)).cells}
    names = [*STROKES, *STRIKES]
    assert {name: found.pop(place) for name, place in zip(names, places, strict=True)} == (
        dict.fromkeys(STROKES, "taken") | dict.fromkeys(STRIKES, "struck out")
    )
    assert set(found.values()) == {"empty"}


def test_a_stroke_over_the_border_belongs_to_its_own_box() -> None:
    """It is whole in its own cell, and the cell that it reaches stays empty."""
    stroke = [[(7.5, 7.0), (7.5, 15.9)]]
    reading = read_sheet(take_photo(draw_page(DIGITS, {(0, 3): stroke, (1, 5): [[(4, 7), (17, 7)]]}), GOOD))
    found = {(cell.row, cell.column): cell for cell in reading.cells if cell.verdict != "empty"}
    assert set(found) == {(0, 3), (1, 5)}
    image = found[0, 3].image
    assert image is not None
    rows, columns = (image[0] > 127).nonzero(as_tuple=True)
    assert int(rows.max() - rows.min()) >= 18  # of 32: the longer side is 20
    assert int(columns.max() - columns.min()) <= 4  # no piece of the border beside it


def test_what_cannot_be_used_says_why() -> None:
    """A scribble covers the box, and very pale strokes cannot be told from dirt: unclear, not silently taken or empty."""
    blot = [[(2.0, y), (13.0, y)] for y in np.arange(1.5, 14, 1)]
    page = draw_page(DIGITS, {(0, 0): blot, (0, 4): [circle(7.5, 7.5, 4)]})
    pale = page.ink.copy()
    left, top, right, bottom = (round(at * 300 / 25.4) for at in SheetLayout("a4").box(0, 4))
    pale[top:bottom, left:right] *= 0.19
    reading = read_sheet(take_photo(replace(page, ink=pale), replace(GOOD, noise=1)))
    reasons = [cell.reason for cell in reading.cells if cell.verdict == "unclear"]
    assert reasons == ["it is mostly covered with ink", "what is written in it is too faint; use a darker pen"]


def test_a_picture_may_come_in_any_form(photo: np.ndarray, jpegs: dict[str, Path]) -> None:
    """Pixels, a tensor, a picture, a path and its text give the same reading; so do pictures to be turned."""
    usual = verdicts(read_sheet(photo))
    turned, mirrored = Image.fromarray(np.rot90(photo)), Image.fromarray(photo[:, ::-1])
    turned.getexif()[0x0112] = 6  # "turn me clockwise", as phones write it
    mirrored.getexif()[0x0112] = 2  # "mirror me"
    pixels = (torch.from_numpy(photo.copy()), photo.mean(axis=2).astype(np.uint8))
    path = jpegs["first.jpg"]
    for form in (*pixels, Image.fromarray(photo), turned, mirrored, path, str(path)):
        assert verdicts(read_sheet(form)) == usual


@pytest.mark.parametrize("pixels", [np.zeros((10, 10)), np.zeros((0, 5), np.uint8), np.zeros((4, 5, 2), np.uint8)])
def test_pixels_of_another_kind_are_refused(pixels: np.ndarray) -> None:
    """What is expected, and what was given."""
    with pytest.raises(PictureError, match=r"pixels must be uint8 of shape \(height, width\) or \(height, width, 3\), got"):
        read_sheet(pixels)


def test_an_error_names_the_file(jpegs: dict[str, Path]) -> None:
    """Which photo, and what to do about it."""
    with pytest.raises(SheetError, match=r"table\.jpg: there is no sheet"):
        read_sheet(jpegs["table.jpg"])
    with pytest.raises(PictureError, match=r"missing\.pdf: there is no such file"):
        read_sheet("missing.pdf")


# --- A data set ---


def test_photos_become_a_data_set_that_others_can_read(
    tmp_path: Path, jpegs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step 1, torchvision and datasets load it; table and contact sheet lie beside the classes and disturb nobody."""
    import datasets

    scanned = scan_sheets([jpegs["first.jpg"]], tmp_path / "mine")
    folder = scanned.output_dir
    loaded = load_samples(folder)
    assert torch.equal(loaded.images, scanned.samples.images)
    assert loaded.writers is not None
    assert loaded.writers.unique().tolist() == [0]
    assert sorted(path.name for path in folder.iterdir()) == ["3", "8", "collected.csv", "contact_sheet-1.pdf", "samples.json"]
    assert len(ImageFolder(str(folder))) == len(loaded)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    hub = datasets.load_dataset("imagefolder", data_dir=str(folder), cache_dir=str(tmp_path / "cache"), split="train")
    assert hub.features["label"].names == ["3", "8"]
    assert len(hub) == len(loaded)


def test_a_table_that_a_spreadsheet_has_saved_is_read_or_refused(tmp_path: Path, jpegs: dict[str, Path]) -> None:
    """With a mark for UTF-8 it is read, and the same paper found in it; with semicolons it is named, and nothing is added."""
    table = scan_sheets([jpegs["first.jpg"]], tmp_path / "mine").output_dir / REPORT
    text = table.read_text(encoding="utf-8")
    table.write_text(text, encoding="utf-8-sig")
    with pytest.raises(ValueError, match="the same sheet of paper as"):
        scan_sheets([jpegs["again.jpg"]], tmp_path / "mine")
    table.write_text(text.replace(",", ";"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"collected\.csv is no table with commas and a column `file` any more"):
        scan_sheets([jpegs["again.jpg"]], tmp_path / "mine")


def test_a_picture_of_one_row_is_too_small() -> None:
    """However long it is."""
    with pytest.raises(SheetError, match=r"too small \(5000 × 1 pixels\)"):
        read_sheet(np.zeros((1, 5000), np.uint8))


def test_pdfs_in_a_folder_are_scanned_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named one by one they always were."""
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "page.pdf").write_bytes(b"no PDF")
    assert main(["scan", str(tmp_path / "scans"), "--out", str(tmp_path / "mine")]) == 1
    assert "page.pdf" in capsys.readouterr().err


def test_the_table_says_what_became_of_each_box(tmp_path: Path, written: Written, jpegs: dict[str, Path]) -> None:
    """27 boxes: file, class, page, row and column, the picture in the data set, or why there is none; then photos left out."""
    scanned = scan_sheets([jpegs["table.jpg"], jpegs["first.jpg"], jpegs["damaged.jpg"]], tmp_path / "mine")
    *cells, table, damaged = report(tmp_path / "mine")
    assert len(cells) == len(written.cells)
    for row, was in zip(cells, expected(written), strict=True):
        assert row["left_out_because"].partition(":")[0] == ("" if was == "taken" else was)
        assert bool(row["image"]) == (was == "taken")
        if row["image"]:
            assert (tmp_path / "mine" / row["image"]).parent.name == row["class"]
    assert "there is no sheet of the workshop" in table["left_out_because"]
    assert "not a picture" in damaged["left_out_because"]
    assert [Path(entry.path).name for entry in scanned.left_out] == ["table.jpg", "damaged.jpg"]
    assert "taken from 1 page(s)" in scanned.summary()
    assert "table.jpg: left out: there is no sheet" in scanned.summary()


def test_a_second_scan_adds_another_writer(tmp_path: Path, jpegs: dict[str, Path]) -> None:
    """The next free number; the first scan's rows and contact sheet stay; the data set still counts as untouched."""
    folder = tmp_path / "mine"
    first = scan_sheets([jpegs["first.jpg"]], folder)
    rows = report(folder)
    second = scan_sheets([jpegs["copy.jpg"]], folder)
    assert (first.writer, second.writer) == (0, 1)
    assert report(folder)[: len(rows)] == rows
    assert {path.name for path in folder.glob("*.pdf")} == {"contact_sheet-1.pdf", "contact_sheet-2.pdf"}
    loaded = load_samples(folder)
    assert loaded.writers is not None
    assert loaded.writers.bincount().tolist() == [len(first.samples), len(second.samples)]
    assert scan_sheets([jpegs["copy.jpg"], jpegs["first.jpg"]], tmp_path / "both", writer=7).writer == 7


def test_scans_at_the_same_time_are_two_writers(jpegs: dict[str, Path], tmp_path: Path) -> None:
    """Two programs, one data set: each has a number of its own, and the report has the rows of both."""
    folder = tmp_path / "mine"
    command = [sys.executable, "-m", "handwriting_workshop", "scan", "--out", str(folder)]
    started = [subprocess.Popen([*command, str(jpegs[name])]) for name in ("first.jpg", "copy.jpg")]
    assert [process.wait(120) for process in started] == [0, 0]
    samples = load_samples(folder)
    assert samples.writers is not None
    assert samples.writers.unique().tolist() == [0, 1]
    assert sum(not row["left_out_because"] for row in report(folder)) == len(samples)


def test_the_same_paper_is_taken_once_and_a_second_copy_as_well(tmp_path: Path, jpegs: dict[str, Path]) -> None:
    """Another photo of the same strokes is left out, in the same scan or a later one; other strokes on the same page are not."""
    scanned = scan_sheets([jpegs["first.jpg"], jpegs["again.jpg"], jpegs["copy.jpg"]], tmp_path / "mine")
    assert [Path(name).name for name in scanned.readings] == ["first.jpg", "copy.jpg"]
    assert [Path(entry.path).name for entry in scanned.left_out] == ["again.jpg"]
    assert "the same sheet of paper as" in scanned.left_out[0].reason
    before = report(tmp_path / "mine")
    with pytest.raises(ValueError, match=r"again\.jpg: the same sheet of paper as .*first\.jpg"):
        scan_sheets([jpegs["again.jpg"]], tmp_path / "mine")
    assert report(tmp_path / "mine") == before


def test_nothing_is_written_if_no_page_can_be_read(tmp_path: Path, jpegs: dict[str, Path]) -> None:
    """The error gives the reasons."""
    with pytest.raises(ValueError, match=r"no character could be read: .*table\.jpg: there is no sheet.*damaged\.jpg: not a pic"):
        scan_sheets([jpegs["table.jpg"], jpegs["damaged.jpg"]], tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_sheet_says_so(tmp_path: Path) -> None:
    """Nobody has written on it; even the printed page itself, without a camera, is no set of characters."""
    (sheet,) = create_sample_sheet(tmp_path / "sheet.png", ["3", "/", "8"])
    assert set(verdicts(read_sheet(sheet))) == {"empty"}
    with pytest.raises(ValueError, match=r"nothing is written on .*sheet\.png"):
        scan_sheets([sheet], tmp_path / "mine")


def test_all_pages_of_a_pdf_and_of_a_tiff_are_read(tmp_path: Path) -> None:
    """As a scanner makes it: two pages in one file; a missing third one is named."""
    codes = page_codes([chr(65 + number) for number in range(26)] + ["/"], "a4")
    assert len(codes) == 3
    line = {(0, 0): [[(4.0, 4.0), (10.0, 12.0)]]}
    pages = [Image.fromarray(take_photo(draw_page(code, line), replace(GOOD, margin=1, rotation=0))) for code in codes[:2]]
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:], resolution=110)
    scanned = scan_sheets([tmp_path / "scan.pdf"], tmp_path / "mine")
    assert [name.rpartition("scan.pdf")[2] for name in scanned.readings] == [", page 1", ", page 2"]
    assert scanned.samples.classes == ("A", "N")
    assert f"sheet {codes[0].sheet}: no photo of page 3" in scanned.summary()
    with pytest.raises(PictureError, match="it has 2 pages; scan_sheets"):
        read_sheet(tmp_path / "scan.pdf")
    first, second = (page.copy() for page in pages)  # Pillow keeps what it saved a PDF with
    first.save(tmp_path / "scan.tif", save_all=True, append_images=[second])
    scanned = scan_sheets([tmp_path / "scan.tif"], tmp_path / "of a tiff")
    assert [name.rpartition("scan.tif")[2] for name in scanned.readings] == [", page 1", ", page 2"]
    assert scanned.samples.classes == ("A", "N")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(PictureError, match=r"broken\.pdf: damaged"):
        read_sheet(tmp_path / "broken.pdf")


def test_only_a_data_set_of_the_workshop_is_added_to(tmp_path: Path, jpegs: dict[str, Path]) -> None:
    """A folder with something else in it is left as it is; so is one whose images have another size."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="other is not empty"):
        scan_sheets([jpegs["first.jpg"]], tmp_path / "other")
    scan_sheets([jpegs["first.jpg"]], tmp_path / "mine")
    with pytest.raises(ValueError, match="1×32×32, and the new ones 1×28×28"):
        scan_sheets([jpegs["copy.jpg"]], tmp_path / "mine", image_size=28)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 4}, "image_size must be at least 8, got 4"),
        ({"writer": -1}, "writers are numbered from 0 to 1,000,000,000, got -1"),
        ({"writer": 2**63 - 1}, "writers are numbered from 0 to 1,000,000,000, got 9223372036854775807"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, arguments: dict[str, int], message: str) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match=message):
        scan_sheets(["photo.jpg"], tmp_path / "mine", **arguments)
    with pytest.raises(ValueError, match="there are no photos to scan"):
        scan_sheets([], tmp_path / "mine")


def test_the_contact_sheet_shows_each_cell_and_counts_them(photo: np.ndarray, written: Written) -> None:
    """Characters at the rows' heads, the file's name above, and a legend with the number of cells of each kind."""
    figure = plot_contact_sheet({"folder/$photo$.jpg": read_sheet(photo)})
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["3", "/", "8"]
    assert axes.get_title() == "$photo$.jpg: page 1 of 1"
    counts = [expected(written).count(verdict) for verdict in ("taken", "empty", "struck out", "unclear")]
    assert [text.get_text().rpartition(" ")[2] for text in figure.legends[0].get_texts()] == list(map(str, counts))


def test_photos_are_scanned_from_the_command_line(
    jpegs: dict[str, Path], written: Written, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`workshop scan` writes a data set that `load_samples` reads, says what it took, and refuses what shows no sheet."""
    out = tmp_path / "my_hand"
    assert main(["scan", str(jpegs["first.jpg"]), "--out", str(out)]) == 0
    taken = sum(cell.kind == FILLED for cell in written.cells)
    assert f"{taken} characters by writer 0 taken from 1 page(s)" in capsys.readouterr().out
    assert len(load_samples(out)) == taken
    assert main(["scan", str(jpegs["table.jpg"]), "--out", str(tmp_path / "none")]) == 1
    assert "no character could be read" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
