"""Sheets on paper of sizes that nobody can know beforehand."""

import pytest
import torch

from grading.runtime.messages import assert_same

QUARTERS = {"margin": 60, "label": 56, "box": 60, "gap": 10, "header": 120}
"""As in the module `sheets`, in quarters of a millimetre: whole numbers, so that what just fits does fit."""


def whole(draw, low, high):
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def boxes_in(quarters, before):
    """How many boxes one can lay one after the other, behind a margin and what comes before, until one reaches into a margin."""
    count, start = 0, QUARTERS["margin"] + QUARTERS[before]
    while start + QUARTERS["box"] <= quarters - QUARTERS["margin"]:
        count, start = count + 1, start + QUARTERS["box"] + QUARTERS["gap"]
    return count


def side_for(draw, before):
    """A side of paper, in quarters of a millimetre: any length, or one into which some boxes just fit, or just do not fit."""
    count = whole(draw, 2, 40)
    fits = 2 * QUARTERS["margin"] + QUARTERS[before] + count * QUARTERS["box"] + (count - 1) * QUARTERS["gap"]
    return [fits, fits - 1, fits + whole(draw, 1, 69)][whole(draw, 0, 2)]


@pytest.mark.exercise("6.5")
def test_paper_of_any_sides_is_filled(box, draw):
    """Rows and columns on paper of random sides, also where the last box just fits."""
    sides = [(side_for(draw, "label"), side_for(draw, "header")) for _ in range(40)]

    def act(sheets):
        counts = []
        for number, (width, height) in enumerate(sides):
            sheets.PAPERS[f"own {number}"] = (width / 4, height / 4)
            layout = sheets.SheetLayout(f"own {number}")
            counts.append([layout.rows, layout.columns])
        return counts

    for (width, height), got in zip(sides, box(act), strict=True):
        expected = [boxes_in(height, "header"), boxes_in(width, "label")]
        assert got == expected, f"paper of {width / 4} × {height / 4} mm has {got} rows and columns; expected {expected}"


@pytest.mark.exercise("6.5")
def test_any_box_is_in_its_place(box, draw):
    """Boxes of random rows and columns, on paper of random sides."""
    sides = (side_for(draw, "label") / 4, side_for(draw, "header") / 4)
    places = torch.randint(0, 60, (40, 2), generator=draw).tolist()

    def act(sheets):
        sheets.PAPERS["own"] = sides
        layout = sheets.SheetLayout("own")
        return [[float(at) for at in layout.box(row, column)] for row, column in places]

    step = QUARTERS["box"] + QUARTERS["gap"]
    for (row, column), got in zip(places, box(act), strict=True):
        left = QUARTERS["margin"] + QUARTERS["label"] + column * step
        top = QUARTERS["margin"] + QUARTERS["header"] + row * step
        expected = [quarters / 4 for quarters in (left, top, left + QUARTERS["box"], top + QUARTERS["box"])]
        assert_same(got, expected, f"box({row}, {column})  (left, top, right, bottom in mm)")
