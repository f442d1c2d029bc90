"""Pages and layouts that nobody can know beforehand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from grading.runtime.messages import assert_same

SCALE, BOX, OVERHANG, SIDE = 8, 15.0, 1.0, 136
"""As in the modules `sheets` and `cells`."""


def whole(draw, low, high):
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def layout_of(corners):
    """What `cut_cells` needs of a sheet: rows, columns, and the place of each box, whose corners are given in millimetres."""

    def box(row, column):
        left, top = corners[row][column]
        return left, top, left + BOX, top + BOX

    return SimpleNamespace(rows=len(corners), columns=len(corners[0]), box=box)


def on_a_grid(places):
    """(rows, columns, 2) x and y, of which each column has one x and each row one y, as on a sheet."""
    return torch.stack([places[:1, :, 0].expand(places.shape[:2]), places[:, :1, 1].expand(places.shape[:2])], dim=-1)


@pytest.mark.exercise("6.6")
@pytest.mark.parametrize("nearest", [False, True], ids=["whole pixels", "nearest pixels"])
def test_cells_of_any_page(box, draw, nearest):
    """Random pages, of bytes and of floats, and random layouts: every pixel of every cell, none rounded the wrong way."""
    cases = []
    for dtype in (torch.uint8, torch.float32, torch.uint8) if nearest else (torch.float32, torch.float32):
        height, width = whole(draw, 400, 600), whole(draw, 620, 800)
        page = torch.randint(0, 256, (height, width), generator=draw)
        page = page.to(dtype) if dtype == torch.uint8 else page.float() / 256
        shape = (whole(draw, 2, 4), whole(draw, 2, 4))
        room = torch.tensor([width, height]) - SIDE - 2
        pixels = 1 + (on_a_grid(torch.rand(*shape, 2, generator=draw, dtype=torch.float64)) * room).floor()  # corners: x, y
        between = 0.8 * on_a_grid(torch.rand(*shape, 2, generator=draw, dtype=torch.float64)) - 0.4  # never half-way
        corners = pixels + between if nearest else pixels  # eighths of a millimetre are exact
        cases.append((page, pixels, corners / SCALE + OVERHANG))
    given = [(page, corners.tolist()) for page, _, corners in cases]

    def act(cells):
        return [(cells.cut_cells(page, layout_of(corners)), page) for page, corners in given]

    for (page, pixels, _), (got, same) in zip(cases, box(act), strict=True):
        rows, columns, _ = pixels.shape
        call = f"cut_cells(page, layout) with {rows} rows and {columns} columns"
        assert getattr(got, "dtype", None) == page.dtype, f"{call}: the page is {page.dtype}, the cells are not"
        expected = np.zeros((rows, columns, SIDE, SIDE), page.numpy().dtype)
        for row, column in np.ndindex(rows, columns):
            x, y = (int(at) for at in pixels[row, column])
            expected[row, column] = page[y : y + SIDE, x : x + SIDE].numpy()
        assert_same(got, expected, call)
        assert_same(same, page, f"the page after {call}", tolerance=0)
