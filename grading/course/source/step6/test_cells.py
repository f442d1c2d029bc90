"""Step 6, exercise 6.6: from a flat page to the cells that were written in."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from grading.runtime.messages import assert_same
from handwriting_workshop.embedded import embedded_mnist

SCALE, BOX, OVERHANG, SIDE = 8, 15.0, 1.0, 136
"""As in the modules `sheets` and `cells`: 136 pixels are 17 mm, a box with its overhang."""


def assert_returned(result: Any, call: str) -> None:
    """Fail if a call gave None, as a function without `return` does."""
    assert result is not None, f"{call} gave None: is a return missing?"


def layout_of(rows, columns, left, top, step_x=17.5, step_y=17.5):
    """What `cut_cells` needs of a sheet: its boxes begin at some place and are some steps apart, in millimetres."""

    def box(row, column):
        x, y = left + column * step_x, top + row * step_y
        return x, y, x + BOX, y + BOX

    return SimpleNamespace(rows=rows, columns=columns, box=box)


def places(height, width):
    """A page whose pixels say where they are: 10,000 times the row, plus the column."""
    return 10_000 * torch.arange(height)[:, None] + torch.arange(width)


def starts(cells):
    """(rows, columns, 2): which pixel of `places` each cell begins with; None if there are no cells."""
    if cells is None:
        return None
    return torch.stack([cells[..., 0, 0] // 10_000, cells[..., 0, 0] % 10_000], dim=-1)


@pytest.mark.exercise("6.6")
def test_there_is_a_cell_for_each_row_and_column(box):
    """Two rows of three boxes give a tensor of 2 × 3 cells of 136 × 136 pixels, of the page's dtype."""
    page = torch.ones(400, 560)

    def act(cells):
        return cells.cut_cells(page, layout_of(2, 3, 10, 10))

    cells = box(act)
    assert_returned(cells, "cut_cells(page, layout)")
    assert isinstance(cells, torch.Tensor), f"cut_cells(page, layout) gave a {type(cells).__name__}; expected one tensor"
    assert (tuple(cells.shape), cells.dtype) == ((2, 3, SIDE, SIDE), torch.float32), (
        f"cut_cells(page, layout) for 2 rows and 3 columns gave {tuple(cells.shape)} {cells.dtype}; "
        "expected (2, 3, 136, 136) torch.float32"
    )


@pytest.mark.exercise("6.6")
def test_a_cell_begins_one_millimetre_before_its_box(box):
    """A box at 12 mm from the left and 20 mm from the top: its cell begins in pixel row 152 = (20 - 1) × 8, column 88."""
    page = places(320, 320)

    def act(cells):
        return starts(cells.cut_cells(page, layout_of(1, 1, 12, 20)))

    assert_same(box(act), np.array([[[152, 88]]]), "row and column of the first pixel of cut_cells(page, layout)")


@pytest.mark.exercise("6.6")
def test_rows_go_down_and_columns_go_to_the_right(box):
    """cells[r, c] lies r steps of 20 mm below and c steps of 18 mm beside cells[0, 0]."""
    page = places(640, 800)

    def act(cells):
        return starts(cells.cut_cells(page, layout_of(2, 4, 5, 9, step_x=18, step_y=20)))

    expected = np.array([[[64 + 160 * row, 32 + 144 * column] for column in range(4)] for row in range(2)])
    assert_same(box(act), expected, "row and column of the first pixel of each of cut_cells(page, layout)")


@pytest.mark.exercise("6.6")
def test_the_nearest_pixel_is_taken(box):
    """A cell that begins at 3.1 mm begins at pixel 24.8: 25 is nearer than 24; 3.05 mm are 24.4: 24."""
    page = places(320, 320)

    def act(cells):
        return starts(cells.cut_cells(page, layout_of(1, 1, 4.1, 4.05)))

    assert_same(box(act), np.array([[[24, 25]]]), "row and column of the first pixel, for a box at left 4.1 and top 4.05 mm,")


@pytest.mark.exercise("6.6")
@pytest.mark.parametrize("seed", range(6))
def test_any_layout_is_cut_as_it_says(box, seed):
    """Rows and columns at random places on a page of noise: every pixel of every cell is the page's, and so is the dtype."""
    random = np.random.default_rng(seed)
    rows, columns = (int(count) for count in random.integers(1, 5, 2))
    across, down = (random.integers(100, 500, count) + random.uniform(-0.4, 0.4, count) for count in (columns, rows))
    pixels = np.stack(np.meshgrid(across, down), axis=-1)  # (rows, columns, 2): x, y; none half-way
    corners = (pixels / SCALE).tolist()  # millimetres
    levels = random.integers(0, 256, (700, 720)).astype(np.uint8)
    page = torch.from_numpy(levels)

    def place(row, column):
        left, top = corners[row][column]
        return left, top, left + BOX, top + BOX

    def act(cells):
        return cells.cut_cells(page, SimpleNamespace(rows=rows, columns=columns, box=place))

    expected = np.zeros((rows, columns, SIDE, SIDE), np.uint8)
    for row, column in np.ndindex(rows, columns):
        x, y = (int(np.floor((at - OVERHANG) * SCALE + 0.5)) for at in corners[row][column])
        expected[row, column] = levels[y : y + SIDE, x : x + SIDE]
    cells, call = box(act), f"cut_cells(page, layout) with rows={rows} and columns={columns}, the boxes at unequal steps"
    assert_same(cells, expected, call)
    assert cells.dtype == torch.uint8, f"{call} gave {cells.dtype}, expected the page's dtype, torch.uint8"


@pytest.mark.exercise("6.6")
def test_real_digits_come_back_from_their_boxes(box):
    """Nine real digits, pasted into the middle of nine boxes, are in the middle of nine cells, in the same order."""
    digits = embedded_mnist().images[torch.randperm(5000, generator=torch.Generator().manual_seed(0))[:9], 0]
    page = torch.zeros(520, 520, dtype=torch.uint8)
    for number, digit in enumerate(digits):
        row, column = divmod(number, 3)
        y, x = 8 * 5 + 140 * row + 44, 8 * 6 + 140 * column + 44
        page[y : y + 32, x : x + 32] = digit

    def act(cells):
        return cells.cut_cells(page, layout_of(3, 3, 6, 5))

    cells = box(act)
    assert_returned(cells, "cut_cells(page, layout)")
    assert_same(tuple(cells.shape), (3, 3, SIDE, SIDE), "cut_cells(page, layout).shape")
    middles = cells[:, :, 52:84, 52:84].reshape(9, 32, 32)
    for number, (middle, digit) in enumerate(zip(middles, digits, strict=True)):
        row, column = divmod(number, 3)
        assert_same(middle, digit, f"the middle of cut_cells(page, layout)[{row}, {column}]", picture=True)
