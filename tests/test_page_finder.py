"""Finding a sheet in a photo: in any position and bad light, or a sentence that says what to do."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from handwriting_workshop import sheets
from handwriting_workshop.page_finder import LARGEST_MISFIT, SCALE, Page, SheetError, find_page
from handwriting_workshop.sheets import PageCode, SheetLayout, page_codes
from tests.photos import PAGE_SCALE, Conditions, Written, draw_page, printed, take_photo

CODE = page_codes(["5", "/", "é"], "a4")[0]
DIM = Conditions(dpi=110)
"""Few pixels, so that the photos are quick to make."""

CROSS = (((7.0, 7.5), (8.0, 7.5)), ((7.5, 7.0), (7.5, 8.0)))
"""In the middle of a box of 15 mm."""


def find(photo: np.ndarray) -> Page:
    """The page in an RGB photo."""
    return find_page(torch.from_numpy(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)))


def crossed(code: PageCode = CODE) -> Written:
    """A page with a small cross in the middle of each box."""
    layout = SheetLayout(code.paper)
    rows = range(len(code.characters))
    return draw_page(code, {(row, column): CROSS for row in rows for column in range(layout.columns)}, width=0.8)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """From straight above, in good light."""
    return take_photo(crossed(), DIM)


def distances(page: Page) -> np.ndarray:
    """Millimetres between the middle of each box and the cross in it."""
    found = []
    for row in range(len(page.code.characters)):
        for column in range(page.layout.columns):
            left, top, right, bottom = (round(at * SCALE) for at in page.layout.box(row, column))
            inner = 1 - page.image[top + 2 * SCALE : bottom - 2 * SCALE, left + 2 * SCALE : right - 2 * SCALE].numpy()
            ys, xs = np.nonzero(inner > 0.4)
            middle = (np.array([xs.mean(), ys.mean()]) + 0.5) / SCALE - (15 - 4) / 2
            found.append(np.hypot(*middle))
    return np.array(found)


# --- A page that is found ---


@pytest.mark.parametrize("rotation", [0, 95, 180, 300])
def test_a_page_is_found_whichever_way_up_it_lies(rotation: float) -> None:
    """Upside down, sideways and askew, bent and seen at 30 degrees: each box is as near to its place as its cell allows."""
    bad = replace(DIM, rotation=rotation, tilt=30, tilt_direction=rotation / 2, barrel=0.06, curl=6, dpi=150)
    page = find(take_photo(crossed(), bad))
    assert page.code == CODE
    assert page.image.shape == (297 * SCALE, 210 * SCALE)
    assert page.image.dtype == torch.float32
    assert distances(page).max() < 0.7  # millimetres; `scanning.GUIDE_REACH`
    assert page.misfit < LARGEST_MISFIT


def test_letter_paper_is_told_from_a4_by_its_markers() -> None:
    """A Letter page comes back with Letter's size and boxes."""
    code = page_codes(["a", "b"], "letter")[0]
    page = find(take_photo(crossed(code), DIM))
    assert page.code == code
    assert page.image.shape == (round(279.4 * SCALE), round(215.9 * SCALE))
    assert distances(page).max() < 0.4


def test_paper_is_1_everywhere_also_under_a_shadow() -> None:
    """Half of the light is taken from a part of the page, and less and less of it is left towards one side; it is evened out."""
    page = find(take_photo(draw_page(CODE, {}), replace(DIM, shadow=0.5, gradient=0.4, shadow_softness=4)))
    blank = page.image[120 * SCALE : 270 * SCALE, 20 * SCALE : 190 * SCALE]
    blocks = torch.nn.functional.avg_pool2d(blank[None], 2 * SCALE)
    assert blocks.min() > 0.93  # darker would be taken for ink
    assert blocks.max() < 1.15  # just beside the shadow's edge


def test_the_edge_of_another_sheet_does_not_confuse() -> None:
    """Another copy of the same page lies beside it, with nine of its markers in the picture."""
    beside = replace(DIM, neighbour="sheet", margin=40, rotation=20)
    page = find(take_photo(crossed(), beside, seed=1))
    assert page.code == CODE
    assert distances(page).max() < 0.4


def test_a_picture_of_100_megapixels_is_read(photo: np.ndarray) -> None:
    """It is made smaller before anything that costs time."""
    grey = cv2.resize(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (9000, 11200), interpolation=cv2.INTER_LINEAR)
    page = find_page(torch.from_numpy(grey))
    assert page.code == CODE


# --- What is refused, and what to do about it ---


def test_a_photo_that_is_no_sheet_is_refused() -> None:
    """Noise and plain white paper have no markers."""
    noise = torch.randint(0, 256, (900, 700), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    for picture in (noise, torch.full((900, 700), 255, dtype=torch.uint8)):
        with pytest.raises(SheetError, match="there is no sheet of the workshop in the picture"):
            find_page(picture)


def test_two_sheets_in_one_photo_are_refused(photo: np.ndarray) -> None:
    """It cannot know which one was meant."""
    with pytest.raises(SheetError, match="two sheets in the picture; photograph each one alone"):
        find(np.concatenate([photo, np.rot90(photo, 2)], axis=1))


@pytest.mark.parametrize(
    ("hide", "message"),
    [
        ((slice(0, 0.2), slice(0, 0.2)), r"upper left corner cannot be seen \(covered"),
        ((slice(0.85, 1), slice(0, 1)), r"lower right and lower left corners cannot be seen"),
    ],
    ids=["a hand", "the lower edge"],
)
def test_a_covered_corner_is_named(photo: np.ndarray, hide: tuple[slice, slice], message: str) -> None:
    """With the names that people use for the corners of an upright page, even if the photo is upside down."""
    height, width, _ = photo.shape
    covered = photo.copy()
    rows, columns = (
        slice(round(part.start * side), round(part.stop * side)) for part, side in zip(hide, (height, width), strict=True)
    )
    covered[rows, columns] = 90
    with pytest.raises(SheetError, match=message):
        find(np.ascontiguousarray(np.rot90(covered, 2)))


def test_a_corner_outside_of_the_picture_is_named(photo: np.ndarray) -> None:
    """The right edge of the page was cut off."""
    with pytest.raises(SheetError, match="upper right and lower right corners are not in the picture; photograph the whole page"):
        find(np.ascontiguousarray(photo[:, : round(0.85 * photo.shape[1])]))


def test_a_small_part_of_a_sheet_is_refused(photo: np.ndarray) -> None:
    """A close-up of one corner."""
    height, width, _ = photo.shape
    with pytest.raises(SheetError, match="only a small part of a sheet can be seen"):
        find(np.ascontiguousarray(photo[: height // 4, : width // 2]))


def test_a_dark_photo_is_refused(photo: np.ndarray) -> None:
    """Taken in the dark: black, or nothing but noise."""
    with pytest.raises(SheetError, match="too dark"):
        find((photo * 0.05).astype(np.uint8))
    noise = np.random.default_rng(0).normal(0, 12, photo.shape)
    with pytest.raises(SheetError, match=r"too dark|black markers can be seen|no sheet"):
        find((photo * 0.15 + noise).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("millimetres", [0.8, 3])
def test_a_blurred_photo_is_refused(photo: np.ndarray, millimetres: float) -> None:
    """Whether its markers can still be read or not."""
    blurred = cv2.GaussianBlur(photo, (0, 0), millimetres * DIM.dpi / 25.4)
    with pytest.raises(SheetError, match=r"blurred.*hold the camera still"):
        find(blurred)


def test_a_sheet_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its boxes may be elsewhere."""
    code = page_codes(["v"], "a4")[0]
    monkeypatch.setattr(sheets, "VERSION", 2)
    printed(code)
    photo = take_photo(draw_page(code, {}), DIM)
    monkeypatch.undo()
    with pytest.raises(SheetError, match="a sheet of version 2, and this workshop reads version 1; print a new sheet"):
        find(photo)


def altered(change: str) -> Written:
    """A page on which something was moved or covered, in print."""
    page = crossed()
    paper = page.print.copy()
    left, top, right, bottom = (round(at * PAGE_SCALE) for at in page_box(change))
    if change == "code":
        paper[top:bottom, left:right] = 0.3
    else:
        paper[top:bottom, left:right] = np.roll(paper[top:bottom, left:right], round(3 * PAGE_SCALE), axis=0)
    return Written(page.code, paper, page.ink, page.cells)


def page_box(change: str) -> tuple[float, float, float, float]:
    """The part of the page to alter."""
    layout = SheetLayout("a4")
    return layout.code if change == "code" else (16, 44, 190, 120)


def test_a_covered_code_is_refused() -> None:
    """Without it, nobody knows which characters the rows are for."""
    with pytest.raises(SheetError, match=r"the page's code \(upper right\) cannot be read"):
        find(take_photo(altered("code"), DIM))


def test_boxes_that_are_not_where_the_markers_say_are_refused() -> None:
    """All boxes were shifted by 3 mm: nothing is labelled by a row that it may not be in."""
    with pytest.raises(SheetError, match="the boxes of row 1 are not where they should be"):
        find(take_photo(altered("boxes"), DIM))


def test_a_tiny_picture_is_refused() -> None:
    """One pixel is no photo."""
    with pytest.raises(SheetError, match=r"too small \(1 × 1 pixels\)"):
        find_page(torch.zeros(1, 1, dtype=torch.uint8))


def test_a_crumpled_page_is_refused_or_read_right() -> None:
    """The stronger the bend, the farther the markers lie from the fitted page; what is read is never off by 1 mm."""
    refused = 0
    for curl in (20, 45):
        try:
            page = find(take_photo(crossed(), replace(DIM, curl=curl, tilt=35, distance=400)))
        except SheetError:
            refused += 1
        else:
            assert distances(page).max() < 1
    assert refused
