"""Step 6: a folder of pictures becomes a data set, and what cannot be used is reported."""

import csv
import os
import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from handwriting_workshop.dataset_creator import (
    Collected,
    LeftOut,
    collect_pictures,
    create_handwriting_dataset,
    crop_to_ink,
    find_ink,
    normalize_picture,
)
from handwriting_workshop.images import PictureError
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import from_image_folder

Line = Sequence[tuple[float, float]]

SHAPES: dict[str, list[Line]] = {
    "L": [[(0.3, 0.2), (0.3, 0.8), (0.7, 0.8)]],
    "T": [[(0.2, 0.2), (0.8, 0.2)], [(0.5, 0.2), (0.5, 0.8)]],
    "V": [[(0.25, 0.2), (0.5, 0.8), (0.75, 0.2)]],
    "1": [[(0.5, 0.2), (0.5, 0.8)]],
    "i": [[(0.5, 0.4), (0.5, 0.8)], [(0.48, 0.25), (0.52, 0.25)]],
}
"""Lines to draw, as shares of the picture."""


def drawn(shape: str, size: int = 120, pen: int = 8, ink: int = 30, paper: int = 220) -> Image.Image:
    """A shape on paper, as a grey picture."""
    picture = Image.new("L", (size, size), paper)
    for line in SHAPES[shape]:
        ImageDraw.Draw(picture).line([(x * size, y * size) for x, y in line], fill=ink, width=pen, joint="curve")
    return picture


def grey(picture: Image.Image) -> torch.Tensor:
    """The levels of a grey picture."""
    return torch.from_numpy(np.array(picture))


def save_all(folder: Path, *names: str) -> Path:
    """Write pictures of an L, or of the shape that the file is named after, and give the folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn(path.stem if path.stem in SHAPES else "L").save(path)
    return folder


def reasons(collected: Collected) -> dict[str, str]:
    """Why each file was left out."""
    return {entry.path: entry.reason for entry in collected.left_out}


def labels_of(collected: Collected) -> dict[str, str]:
    """The class of each file that was taken."""
    names = [collected.samples.classes[label] for label in collected.samples.labels.tolist()]
    return dict(zip(collected.taken, names, strict=True))


# --- Finding the ink ---


def test_ink_is_1_and_paper_0_in_both_polarities() -> None:
    """Dark on light and light on dark give the same ink, on paper of any brightness."""
    dark, light = find_ink(grey(drawn("L", ink=30, paper=220))), find_ink(grey(drawn("L", ink=220, paper=30)))
    assert torch.equal(dark, light)
    assert dark.max() == 1
    assert dark[0, 0] == 0
    assert dark[60, 36] == 1  # in the L's stem


def test_half_strong_ink_is_a_half_and_paper_grain_is_nothing() -> None:
    """Ink 200 levels from the paper is 1, 100 levels 0.5, and 30 levels (less than a fifth) 0."""
    levels = torch.full((20, 20), 220, dtype=torch.uint8)
    levels[5:10, 5:10], levels[12, 5:10], levels[14, 5:10] = 20, 120, 190
    ink = find_ink(levels)
    assert ink[7, 7] == 1
    assert ink[12, 7].item() == pytest.approx(0.5)
    assert ink[14, 7] == 0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_is_refused(level: int) -> None:
    """Nothing stands out: the error says so, with the contrast that was found and the least that is needed."""
    with pytest.raises(PictureError, match=r"nothing is written on it, or too faintly \(contrast 0 of 255, at least 30\)"):
        find_ink(torch.full((40, 40), level, dtype=torch.uint8))


def test_faint_ink_is_refused_with_its_contrast() -> None:
    """Ink 20 levels from the paper is too faint, 40 levels is enough."""
    with pytest.raises(PictureError, match="contrast 20 of 255"):
        find_ink(grey(drawn("L", ink=200, paper=220)))
    assert find_ink(grey(drawn("L", ink=180, paper=220))).max() == 1


def test_dust_on_blank_paper_is_not_ink() -> None:
    """A black speck of 3×3 on 120×120 does not make a picture."""
    levels = torch.full((120, 120), 220, dtype=torch.uint8)
    levels[50:53, 70:73] = 0
    with pytest.raises(PictureError, match="nothing is written on it"):
        find_ink(levels)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("size", "pen"), [(120, 8), (280, 4), (1000, 4), (32, 3)], ids=["scan", "thin", "very thin", "tiny"])
def test_the_crop_holds_the_whole_character(shape: str, size: int, pen: int) -> None:
    """From a tiny picture to a large one drawn with a thin pen, the crop is as high and wide as what was drawn."""
    points = [point for line in SHAPES[shape] for point in line]
    (left, top), (right, bottom) = (tuple(limit(axis) for axis in zip(*points, strict=True)) for limit in (min, max))
    crop = crop_to_ink(find_ink(grey(drawn(shape, size, pen))))
    assert crop.shape[0] == pytest.approx((bottom - top) * size, abs=pen + 2)
    assert crop.shape[1] == pytest.approx((right - left) * size, abs=pen + 2)


@pytest.mark.parametrize("speck", [1, 2, 3])
def test_dust_beside_a_character_changes_nothing(speck: int) -> None:
    """A dark speck in a corner leaves the normalised image as it is without, to the bit."""
    clean = drawn("L")
    dusty = clean.copy()
    dusty.paste(0, (105, 10, 105 + speck, 10 + speck))
    assert torch.equal(normalize_picture(grey(dusty)), normalize_picture(grey(clean)))


def test_the_dot_of_an_i_is_not_dust() -> None:
    """Without its dot, an i gives another image, shorter before it is enlarged."""
    with_dot, without = grey(drawn("i")), grey(drawn("i"))
    without[:40] = 220
    assert crop_to_ink(find_ink(with_dot)).shape[0] > crop_to_ink(find_ink(without)).shape[0] + 10


# --- Normalising ---


def test_a_picture_becomes_as_mnist_would_show_it() -> None:
    """1×32×32 uint8, 20 pixels high, the strongest ink 255, paper 0, centre of mass in the middle."""
    image = normalize_picture(grey(drawn("V")))
    assert (image.shape, image.dtype) == ((1, 32, 32), torch.uint8)
    assert image.max() == 255
    assert image[0, 0].max() == 0
    rows, _ = (image[0] > 127).nonzero(as_tuple=True)
    assert abs(int(rows.max() - rows.min()) + 1 - 20) <= 1
    mass = image[0].float()
    assert ((mass.sum(dim=1) * (torch.arange(32) + 0.5)).sum() / mass.sum()).item() == pytest.approx(16, abs=0.3)


def test_size_and_place_in_the_picture_do_not_matter() -> None:
    """A character in a large picture, a small one or a corner of one gives nearly the same image."""
    plain = normalize_picture(grey(drawn("L"))).float()
    large = normalize_picture(grey(drawn("L", size=960, pen=64))).float()
    moved = torch.full((300, 200), 220, dtype=torch.uint8)
    moved[:120, 80:] = grey(drawn("L"))
    assert (large - plain).abs().mean() < 4
    assert (normalize_picture(moved).float() - plain).abs().mean() < 1


@pytest.mark.parametrize(("shape", "axes"), [("L", (0, 1)), ("T", (0, 1)), ("V", (0, 1)), ("1", (1,))])
@pytest.mark.parametrize("size", [300, 301, 302, 303, 1000])
def test_a_thin_pen_loses_no_stroke(shape: str, axes: tuple[int, ...], size: int) -> None:
    """With a pen of 3 pixels, every row and column that a thick pen inks has a third of the strongest ink somewhere."""
    thin = normalize_picture(grey(drawn(shape, size, pen=3)))[0]
    thick = normalize_picture(grey(drawn(shape, size, pen=size // 20)))[0]
    for axis in axes:
        inked = (thick.amax(dim=axis) > 200).nonzero().flatten()
        assert thin.amax(dim=axis)[inked[2:-2]].min() > 85


def test_another_normalisation_can_be_given() -> None:
    """`normalize` gets (1, 1, H, W) ink and three times the size; what it returns is averaged and stretched to 255."""
    given = []

    def normalize(images: torch.Tensor, image_size: int) -> torch.Tensor:
        given.append((images.shape[:2], image_size))
        return torch.full((1, 1, image_size, image_size), 0.5)

    assert normalize_picture(grey(drawn("L")), 16, normalize).unique().tolist() == [255]
    assert given == [((1, 1), 3 * 16)]


@pytest.mark.parametrize(
    "kind", ["inverted", "colour", "CMYK", "palette", "16 bit", "transparent", "white on transparent", "lying on its side"]
)
def test_one_character_in_any_kind_of_file_gives_nearly_the_same_image(tmp_path, kind: str) -> None:
    """However it was saved, the normalised image is within 4 levels of the plain one, on average."""
    plain = drawn("L", ink=0, paper=255)
    darkness = plain.point(lambda level: 255 - level)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90° for viewing
    options: dict[str, object] = {}
    picture = plain
    if kind == "inverted":
        picture = darkness
    elif kind == "colour":
        picture = Image.merge("RGB", [plain, plain, Image.new("L", plain.size, 255)])  # blue ink
    elif kind == "CMYK":
        picture = plain.convert("CMYK")
    elif kind == "palette":
        picture = plain.convert("P")
    elif kind == "16 bit":
        picture = Image.fromarray(np.asarray(plain).astype(np.uint16) * 257)
    elif kind.endswith("transparent"):
        level = 255 if kind.startswith("white") else 0
        picture = Image.merge("LA", [Image.new("L", plain.size, level), darkness])
    else:
        picture, options = plain.transpose(Image.Transpose.ROTATE_90), {"exif": exif}
    (tmp_path / "L").mkdir()
    picture.save(tmp_path / "L" / ("x.tif" if kind == "CMYK" else "x.png"), **options)
    collected = collect_pictures(tmp_path)
    difference = collected.samples.images[0].int() - normalize_picture(grey(plain)).int()
    assert difference.abs().float().mean() < 4


# --- A folder per class ---


def test_a_class_is_a_folder(tmp_path) -> None:
    """Pictures in a/, b/ and b/deeper/ are an a and two b, in order."""
    save_all(tmp_path, "b/2.png", "a/1.jpg", "b/deeper/3.PNG")
    collected = collect_pictures(tmp_path)
    assert labels_of(collected) == {"a/1.jpg": "a", "b/2.png": "b", "b/deeper/3.PNG": "b"}
    assert collected.samples.classes == ("a", "b")
    assert collected.left_out == ()


def test_what_cannot_be_used_is_left_out_with_the_reason(tmp_path) -> None:
    """Each unusable file is listed once, with one sentence; hidden files are not even that."""
    save_all(tmp_path, "a/good.png", "loose.png", ".hidden/x.png", "a/.trash.png")
    (tmp_path / "a" / "notes.txt").write_text("remember")
    (tmp_path / "a" / "empty.png").write_bytes(b"")
    (tmp_path / "a" / "text.png").write_text("no picture")
    (tmp_path / "a" / "half.png").write_bytes((tmp_path / "a" / "good.png").read_bytes()[:100])
    Image.new("L", (40, 40), 255).save(tmp_path / "a" / "blank.png")
    collected = collect_pictures(tmp_path)
    assert collected.taken == ("a/good.png",)
    found = reasons(collected)
    assert found.pop("a/half.png").startswith(("damaged or incomplete", "not a picture"))
    assert found == {
        "a/notes.txt": "not a picture, by its name",
        "a/empty.png": "the file is empty",
        "a/text.png": "not a picture in a format that can be read",
        "a/blank.png": "nothing is written on it, or too faintly (contrast 0 of 255, at least 30)",
        "loose.png": "lies in no class folder, and no labels file was given",
    }


def test_a_file_whose_name_is_no_text_is_left_out_readably(tmp_path) -> None:
    """A name with bytes of another system is shown with escapes, so that a report can hold it."""
    save_all(tmp_path, "a/good.png")
    try:
        (tmp_path / "a" / "good.png").with_name(os.fsdecode(b"\xff.png")).write_bytes((tmp_path / "a" / "good.png").read_bytes())
    except OSError:  # macOS and Windows do not let such a name come into being
        return
    collected = collect_pictures(tmp_path)
    assert collected.taken == ("a/good.png",)
    assert reasons(collected) == {r"a/\udcff.png": "its name is not UTF-8 text; rename it"}
    collected.summary().encode()


def test_characters_leave_out_all_others_and_set_the_order(tmp_path) -> None:
    """With characters b, a and c: x is left out, and c is a class without images."""
    save_all(tmp_path, "a/1.png", "b/1.png", "x/1.png")
    collected = collect_pictures(tmp_path, characters=["b", "a", "c"])
    assert collected.samples.classes == ("b", "a", "c")
    assert labels_of(collected) == {"a/1.png": "a", "b/1.png": "b"}
    assert reasons(collected) == {"x/1.png": "its label 'x' is not among the characters of this data set"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no folder"),
        ({}, "there is no usable picture in .*: it is empty"),
        ({"a/x.png": b"junk"}, r"a/x\.png: not a"),
    ],
    ids=["no folder", "empty folder", "all unusable"],
)
def test_no_usable_picture_is_an_error_that_says_why(tmp_path, content: dict[str, bytes] | None, message: str) -> None:
    """The error names the folder, and the first files with their reasons."""
    folder = tmp_path / "pictures"
    if content is not None:
        folder.mkdir()
    for name, data in (content or {}).items():
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught:
        collect_pictures(folder)
    assert str(folder) in str(caught.value)


# --- A labels file ---


ROWS = "filename,label\none.png,é\ntwo.png,B\n"


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        b"\xfe\xff" + ROWS.encode("utf-16-be"),
        ROWS.encode("cp1252"),
        ROWS.replace(",", ";").encode(),
        ROWS.replace(",", "\t").encode(),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        "File, Class\n one.png , é\ntwo.png,B".encode(),
        "number,label,filename\n1,é,one.png\n2,B,two.png\n".encode(),
        "\n".join(f'"{row.replace(",", chr(34) + "," + chr(34))}"' for row in ROWS.split()).encode(),
        ROWS.replace("one", "./one").encode(),
        ("sep=;\r\n" + ROWS.replace(",", ";")).encode(),
        ROWS.replace("é", "e\u0301").encode(),
    ],
    ids=[
        *("UTF-8", "UTF-8 with BOM", "UTF-16 little-endian", "UTF-16 big-endian", "Windows-1252", "semicolons", "tabs"),
        *("Windows lines", "old Mac lines", "other names and blanks", "other columns", "quoted", "dot before the name"),
        *("Excel's first line", "a letter and an accent of its own"),
    ],
)
def test_a_labels_file_of_any_spreadsheet_is_read(tmp_path, content: bytes) -> None:
    """Encodings, separators, line ends and usual column names: one.png is é, two.png is B, nothing is left out."""
    folder = save_all(tmp_path / "pictures", "one.png", "two.png")
    (tmp_path / "labels.csv").write_bytes(content)
    collected = collect_pictures(folder, tmp_path / "labels.csv")
    assert labels_of(collected) == {"one.png": "é", "two.png": "B"}
    assert collected.left_out == ()


def test_lines_that_cannot_be_used_are_left_out_with_the_reason(tmp_path) -> None:
    """Missing files, repeats, contradictions, empty labels and files without a line: each is listed with its reason."""
    folder = save_all(tmp_path / "pictures", "a.png", "b.png", "c.png", "d.png", "sub/e.png", "f.png")
    lines = ("a.png,A", "a.png,A", "b.png,B", "b.png,8", "c.png,", "gone.png,G", r"sub\e.png,E", "", ",X", "f.png")
    (tmp_path / "labels.csv").write_text("filename,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    collected = collect_pictures(folder, tmp_path / "labels.csv")
    assert labels_of(collected) == {"a.png": "A", "sub/e.png": "E"}
    assert sorted((entry.path, entry.reason) for entry in collected.left_out) == [
        ("a.png", "listed again in line 3; taken once"),
        ("b.png", "listed with different labels ('8', 'B'): which one is right?"),
        ("c.png", "line 6 gives no label"),
        ("d.png", "not listed in labels.csv"),
        ("f.png", "line 11 gives no label"),
        ("gone.png", f"listed in line 7, but there is no such file in {folder}"),
    ]


def test_labels_that_are_separators_or_quotes_can_be_written(tmp_path) -> None:
    """A comma, a semicolon and a quotation mark are classes like others, if quoted as CSV wants it."""
    folder = save_all(tmp_path / "pictures", "a.png", "b.png", "c.png")
    (tmp_path / "labels.csv").write_text('filename,label\na.png,","\nb.png,;\nc.png,""""\n', encoding="utf-8")
    assert labels_of(collect_pictures(folder, tmp_path / "labels.csv")) == {"a.png": ",", "b.png": ";", "c.png": '"'}


def test_blanks_around_quoted_labels_are_no_part_of_them(tmp_path) -> None:
    """As people write lists by hand."""
    folder = save_all(tmp_path / "pictures", "a.png", "b.png")
    (tmp_path / "labels.csv").write_text('filename, label\na.png, "1,2"\nb.png, "q" \n', encoding="utf-8")
    assert labels_of(collect_pictures(folder, tmp_path / "labels.csv")) == {"a.png": "1,2", "b.png": "q"}


@pytest.mark.parametrize("listed", ["NFC", "NFD"])
def test_a_name_is_found_whichever_way_its_accent_is_written(tmp_path, listed: Literal["NFC", "NFD"]) -> None:
    """An archive of a Mac writes é as e and ´, most lists as one letter."""
    other: Literal["NFC", "NFD"] = "NFD" if listed == "NFC" else "NFC"
    folder = save_all(tmp_path / "pictures", unicodedata.normalize(other, "é.png"))
    (tmp_path / "labels.csv").write_text(f"filename,label\n{unicodedata.normalize(listed, 'é.png')},E\n", encoding="utf-8")
    collected = collect_pictures(folder, tmp_path / "labels.csv")
    assert labels_of(collected) == {unicodedata.normalize(other, "é.png"): "E"}
    assert reasons(collected) == {}


def test_a_data_set_that_was_written_here_keeps_its_classes(tmp_path) -> None:
    """Its folders are called `a` and `A_`, because some file systems do not tell `a` from `A`."""
    creator = create_handwriting_dataset(tmp_path / "set", character_set=["A", "a", "/"], num_samples_per_class=2)
    again = create_handwriting_dataset(tmp_path / "again", "from_images", images_dir=tmp_path / "set")
    assert set(again.samples.classes) == set(creator.samples.classes) == {"A", "a", "/"}


def test_unknown_labels_are_left_out(tmp_path) -> None:
    """With a character set, a label that is not in it is named."""
    folder = save_all(tmp_path / "pictures", "a.png", "b.png")
    (tmp_path / "labels.csv").write_text("filename,label\na.png,7\nb.png,seven\n", encoding="utf-8")
    collected = collect_pictures(folder, tmp_path / "labels.csv", characters=list("0123456789"))
    assert labels_of(collected) == {"a.png": "7"}
    assert reasons(collected) == {"b.png": "its label 'seven' is not among the characters of this data set"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name;kind\na.png;A\n", r"must begin with a header .*filename and label; its first line is 'name;kind'"),
        ("a.png,A\n", r"must begin with a header .*its first line is 'a\.png,A'"),
        ("filename\na.png\n", "must begin with a header"),
        ("", "must begin with a header"),
        ('filename,label\na.png,"\nb.png,B\n', "a quotation mark is not closed up to line 3"),
        ('filename,label,note\na.png,A,"x\nb.png,B,\n', "a quotation mark is not closed up to line 3"),
        ('"filename,label\n' + "a.png,A\n" * 20_000, "line 1: field larger than field limit"),
        ("filename,label\n", "no usable picture"),
    ],
    ids=[
        "wrong columns",
        "no header",
        "one column",
        "empty",
        "open quotation mark",
        "open in a note",
        "open in the header",
        "only a header",
    ],
)
def test_a_labels_file_that_cannot_be_read_is_named(tmp_path, content: str, message: str) -> None:
    """The error says what the file should look like, with its first line or the line in question."""
    folder = save_all(tmp_path / "pictures", "a.png", "b.png")
    (tmp_path / "labels.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        collect_pictures(folder, tmp_path / "labels.csv")
    assert "labels.csv" in str(caught.value)


def test_a_labels_file_that_is_missing_is_named(tmp_path) -> None:
    """Its path is in the error."""
    folder = save_all(tmp_path / "pictures", "a.png")
    with pytest.raises(ValueError, match=r"there is no labels file .*labels\.csv"):
        collect_pictures(folder, tmp_path / "labels.csv")


# --- The calls that people use ---


def test_the_synthetic_call_of_the_guide_works(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """6,200 images of 62 classes lie in my_dataset, and come back as they are in memory."""
    monkeypatch.chdir(tmp_path)
    creator = create_handwriting_dataset(
        output_dir="my_dataset", dataset_type="synthetic", character_set="mixed", num_samples_per_class=100, image_size=(32, 32)
    )
    assert creator.samples.class_counts().tolist() == [100] * 62
    assert creator.left_out == ()
    back = from_image_folder("my_dataset")
    assert torch.equal(back.images, creator.samples.images)
    assert torch.equal(back.labels, creator.samples.labels)
    assert back.classes == creator.samples.classes


def test_the_from_images_calls_of_the_guide_work(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With labels.csv, and without it by folder names; then a sample sheet."""
    monkeypatch.chdir(tmp_path)
    save_all(tmp_path / "path/to/images", "A/one.png", "B/two.png")
    Path("labels.csv").write_text("filename,label\nA/one.png,x\nB/two.png,y\n", encoding="utf-8")
    creator = create_handwriting_dataset(
        output_dir="my_dataset", dataset_type="from_images", images_dir="path/to/images", labels_file="labels.csv"
    )
    assert creator.samples.classes == ("x", "y")
    by_folder = create_handwriting_dataset(output_dir="other", dataset_type="from_images", images_dir="path/to/images")
    assert by_folder.samples.classes == ("A", "B")
    assert torch.equal(from_image_folder("other").images, by_folder.samples.images)
    creator.create_sample_sheet(output_path="handwriting_sample.png", characters=list("ABC…0123456789"))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["handwriting_sample-2.png", "handwriting_sample.png"]


@pytest.mark.parametrize("name", ["uppercase_letters", "lowercase_letters", "numbers", "symbols", "letters"])
def test_every_character_set_becomes_a_data_set(tmp_path, name: str) -> None:
    """One folder per character, even for symbols that no file name may have."""
    creator = create_handwriting_dataset(tmp_path / "set", character_set=name, num_samples_per_class=1, image_size=16)
    assert len([path for path in (tmp_path / "set").iterdir() if path.is_dir()]) == len(creator.samples.classes)
    back = from_image_folder(tmp_path / "set")
    assert back.classes == creator.samples.classes
    assert torch.equal(back.images, creator.samples.images)


def test_a_seed_makes_another_data_set(tmp_path) -> None:
    """The same seed gives the same images, another one others."""
    first, again, other = (
        create_handwriting_dataset(
            tmp_path / str(number), character_set=["a"], num_samples_per_class=3, image_size=[16, 16], seed=seed
        ).samples
        for number, seed in enumerate((1, 1, 2))
    )
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


def test_the_report_says_what_became_of_each_file(tmp_path) -> None:
    """collected.csv has a line per file: its class, or why it was left out."""
    save_all(tmp_path / "in", "a/1.png", "b/2.png", "é, loose.png")
    (tmp_path / "in" / "b" / "3.png").write_bytes(b"")
    creator = create_handwriting_dataset(tmp_path / "out", "from_images", images_dir=tmp_path / "in")
    with (tmp_path / "out" / "collected.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "class", "left_out_because"],
            ["a/1.png", "a", ""],
            ["b/2.png", "b", ""],
            ["é, loose.png", "", "lies in no class folder, and no labels file was given"],
            ["b/3.png", "", "the file is empty"],
        ]
    assert [entry.path for entry in creator.left_out] == ["é, loose.png", "b/3.png"]


def test_a_summary_is_short_whatever_was_left_out() -> None:
    """It counts, names the first ten with their reasons, and says where the others are listed."""
    samples = Samples(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), torch.tensor([0]), ("a",))
    left_out = tuple(LeftOut(f"{number}.png", "blank") for number in range(12))
    lines = Collected(samples, ("a/1.png",), left_out).summary().split("\n")
    assert lines[0] == "1 pictures taken in 1 classes, 12 left out"
    assert lines[1] == "  0.png: blank"
    assert len(lines) == 12
    assert lines[-1] == "  … and 2 more, listed in collected.csv"


@pytest.mark.parametrize("dataset_type", ["synthetic", "from_images"])
def test_a_folder_with_something_in_it_is_kept(tmp_path, dataset_type: str) -> None:
    """FileExistsError, and what was there is there, alone and unchanged."""
    save_all(tmp_path / "in", "a/1.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="out is not empty; choose a new folder"):
        create_handwriting_dataset(tmp_path / "out", dataset_type, images_dir=tmp_path / "in", num_samples_per_class=1)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["precious.txt"]
    assert (tmp_path / "out" / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset_type": "scanned"}, "unknown dataset_type 'scanned'; choose synthetic or from_images"),
        ({"dataset_type": "from_images"}, "needs images_dir='path/to/images'"),
        ({"image_size": (32, 24)}, r"images are square, .*got image_size=\(32, 24\)"),
        ({"image_size": 4}, "image_size must be at least 8, got 4"),
        ({"image_size": 4, "dataset_type": "from_images", "images_dir": "."}, "image_size must be at least 8, got 4"),
        ({"character_set": "klingon"}, "unknown character set 'klingon'"),
        ({"character_set": ["a", "ж"]}, "there are no strokes for: 'ж'"),
        ({"num_samples_per_class": 0}, "per_class must be at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused_and_leave_nothing_behind(tmp_path, arguments: dict, message: str) -> None:
    """The error gives the value and the choices; no folder is made."""
    with pytest.raises(ValueError, match=message):
        create_handwriting_dataset(tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_unusable_pictures_leave_nothing_behind(tmp_path) -> None:
    """No data set is begun when there is nothing to put in."""
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match="no usable picture"):
        create_handwriting_dataset(tmp_path / "out", "from_images", images_dir=tmp_path / "in")
    assert not (tmp_path / "out").exists()


def test_a_sheet_is_for_the_data_sets_own_characters(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without characters, the sheet has the classes of the data set; the default file is a PDF."""
    monkeypatch.chdir(tmp_path)
    creator = create_handwriting_dataset("set", character_set=["q"], num_samples_per_class=1)
    assert [path.name for path in creator.create_sample_sheet()] == ["handwriting_sample.pdf"]
    assert Path("handwriting_sample.pdf").read_bytes().startswith(b"%PDF")


def test_random_pictures_never_give_another_error_or_a_blank_image() -> None:
    """Noise and stripes of any size give an image with ink in it, or a PictureError."""
    generator = random.Random(0)
    tensors = torch.Generator().manual_seed(0)
    for _ in range(100):
        height, width = generator.choice([1, 2, 5, 17, 60]), generator.choice([1, 3, 8, 40, 200])
        levels = torch.randint(0, generator.choice([2, 60, 256]), (height, width), generator=tensors, dtype=torch.uint8)
        levels[:, : generator.randint(0, width)] = generator.choice([0, 128, 255])
        try:
            image = normalize_picture(levels)
        except PictureError:
            continue
        assert image.shape == (1, 32, 32)
        assert image.max() == 255


def test_class_folders_that_are_not_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a folder, and a folder that one may not open: each is left out with its reason."""
    folder = save_all(tmp_path / "pictures", "L/1.png", "closed/2.png")
    (folder / "linked").symlink_to(folder / "L")
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != "closed")
    left_out = {entry.path: entry.reason for entry in collect_pictures(folder).left_out}
    assert set(left_out) == {"closed", "linked"}
    assert "links are not followed" in left_out["linked"]
    assert "may not open" in left_out["closed"]
