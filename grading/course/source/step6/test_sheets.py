"""Step 6, exercise 6.5: where the boxes of a sheet are, in millimetres."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.runtime.messages import assert_same

MARGIN, LABEL, BOX, GAP, HEADER = 15.0, 14.0, 15.0, 2.5, 30.0
"""Millimetres, as in the module."""


def boxes_that_fit(length: float, before: float) -> int:
    """How many boxes one can lay one after the other, from `before` on, until the next would reach into the margin."""
    count, start = 0, before
    while start + BOX <= length - MARGIN:
        count, start = count + 1, start + BOX + GAP
    return count


def counted(sheets, width: float, height: float) -> list[int]:
    """Rows and columns of a sheet on paper of any size."""
    sheets.PAPERS["own"] = (width, height)
    layout = sheets.SheetLayout("own")
    return [layout.rows, layout.columns]


@pytest.mark.exercise("6.5")
@pytest.mark.parametrize(("paper", "rows", "columns"), [("a4", 13, 9), ("letter", 12, 9)])
def test_so_many_boxes_fit_on_common_paper(box, paper, rows, columns):
    """A4 has room for 13 rows of 9 boxes, Letter for 12 rows of 9."""

    def act(sheets):
        layout = sheets.SheetLayout(paper)
        return [layout.rows, layout.columns]

    got = box(act)
    for name, count in zip(("rows", "columns"), got, strict=True):
        assert isinstance(count, int), (
            f"SheetLayout({paper!r}).{name} is {count!r} ({type(count).__name__}); a number of boxes is an int"
        )
    assert got == [rows, columns], f"SheetLayout({paper!r}) has {got[0]} rows and {got[1]} columns; expected {rows} and {columns}"


@pytest.mark.exercise("6.5")
@pytest.mark.parametrize(
    ("row", "column", "expected"), [(0, 0, (29, 45, 44, 60)), (0, 3, (81.5, 45, 96.5, 60)), (2, 0, (29, 80, 44, 95))]
)
def test_boxes_begin_beside_label_and_below_header(box, row, column, expected):
    """Box 0, 0 is at 15 + 14 and 15 + 30 mm; one column further is 17.5 mm to the right, one row further 17.5 mm down."""

    def act(sheets):
        return sheets.SheetLayout("a4").box(row, column)

    assert_same(box(act), expected, f"SheetLayout('a4').box({row}, {column})  (left, top, right, bottom in mm)")


@pytest.mark.exercise("6.5")
@pytest.mark.parametrize("count", [1, 2, 7])
def test_no_gap_is_needed_after_the_last_box(box, count):
    """Paper with room for exactly n boxes and the gaps between them has n; half a millimetre less, and it has one fewer."""
    boxes = count * BOX + (count - 1) * GAP
    width, height = 2 * MARGIN + LABEL + boxes, 2 * MARGIN + HEADER + boxes

    def act(sheets):
        return counted(sheets, width, height) + counted(sheets, width - 0.5, height - 0.5)

    got = box(act)
    assert got == [count, count, count - 1, count - 1], (
        f"paper of {width} × {height} mm has just enough room for rows={count}, columns={count} and the gaps between: got "
        f"{got[:2]}, expected {[count] * 2}; and on 0.5 mm less got {got[2:]}, expected {[count - 1] * 2}"
    )


@pytest.mark.exercise("6.5")
@given(st.integers(120, 900), st.integers(160, 1200))
def test_paper_of_any_size_is_filled(box, half_width, half_height):
    """Rows and columns are as many as one can lay by hand, one box after the other."""
    width, height = half_width / 2, half_height / 2

    def act(sheets):
        return counted(sheets, width, height)

    expected = [boxes_that_fit(height, MARGIN + HEADER), boxes_that_fit(width, MARGIN + LABEL)]
    got = box(act)
    assert got == expected, f"paper of {width} × {height} mm has {got} rows and columns; expected {expected}"


@pytest.mark.exercise("6.5")
@given(st.integers(0, 40), st.integers(0, 40))
def test_every_box_is_one_step_from_its_neighbours(box, row, column):
    """Box r, c is a square of 15 mm; c boxes and gaps lie between label and box, r boxes and gaps between header and box."""

    def act(sheets):
        return sheets.SheetLayout("a4").box(row, column)

    left, top = MARGIN + LABEL, MARGIN + HEADER
    for _ in range(column):
        left += BOX + GAP
    for _ in range(row):
        top += BOX + GAP
    expected = (left, top, left + BOX, top + BOX)
    assert_same(box(act), expected, f"SheetLayout('a4').box({row}, {column})  (left, top, right, bottom in mm)")
