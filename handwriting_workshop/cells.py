"""Step 6: a rectified page -> its cells -> what was written in each: nothing, something crossed out, or a character to keep.

Everything is in tensors and arrays of one cell or all cells of a page; where the page comes from is no concern of this module.
"""

from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage  # scikit-learn brings it
from torch import Tensor

from handwriting_workshop.dataset_creator import normalize_picture
from handwriting_workshop.sheets import BOX, SCALE, SheetLayout

Verdict = Literal["taken", "empty", "struck out", "unclear"]

OVERHANG = 1.0
"""Millimetres around a box that belong to its cell: strokes run over the border a little."""

SIDE = round((BOX + 2 * OVERHANG) * SCALE)
"""Pixels of a cell's side."""

GUIDE_REACH = 0.7
"""Millimetres on either side of its place where a box's printed border may be."""

FAINT, CERTAIN = 0.12, 0.22
"""How much darker than paper: pixels that may be ink, and those that are. Ink is what may be and is connected to what is."""

SMALLEST_MARK = 0.12
"""Square millimetres of certain ink: less is dust; the dot of a pen has 0.2 or more."""

FAINT_MARK = 1.5
"""Square millimetres of what may be ink, without any that is: a cell with more is not simply empty."""

LARGEST_SHARE = 0.4
"""Of a box, covered with ink: more is a blot."""

FADED, STROKE_CONTRAST = 0.15, 1.4
"""A camera blurs a stroke's edges: what has not so much of its darkness becomes paper, and the rest is made so much stronger."""

STRUCK_SHARE = 0.86
"""Of a box's diagonal, covered by one straight stroke, `STRAIGHT` included. An X of 11 by 11 mm reaches 0.82, a line that ends
1.2 mm beside both corners 0.90."""

STRAIGHT = 0.5
"""Millimetres by which a straight stroke may waver."""


# --- From a page to ink ---------------------------------------------------------------------------------------------------


def cut_cells(page: Tensor, layout: SheetLayout) -> Tensor:
    """The cells of a rectified page: each box with `OVERHANG` around it, also those of rows that are not used.

    `layout.rows` and `layout.columns` say how many there are, `layout.box(row, column)` where one is: left, top, right, bottom in
    millimetres; the steps between boxes may differ. A cell begins at the pixel that is nearest to its upper left corner, and is
    `SIDE` pixels high and wide.

    Shape:
        page: (height, width), `SCALE` pixels per millimetre -> (rows, columns, SIDE, SIDE), with the page's dtype
    """
    ### BEGIN SOLUTION 6.6
    cells = []
    for row in range(layout.rows):
        for column in range(layout.columns):
            box_left, box_top, _, _ = layout.box(row, column)
            left, top = round((box_left - OVERHANG) * SCALE), round((box_top - OVERHANG) * SCALE)
            cells.append(page[top : top + SIDE, left : left + SIDE])
    return torch.stack(cells).view(layout.rows, layout.columns, SIDE, SIDE)
    ### END SOLUTION


def remove_guides(cells: Tensor) -> Tensor:
    """How much ink is where in each cell, without the printed border of the box: what is there as pale as the border is not ink.

    Shape:
        cells: (N, side, side) float32, paper 1 -> (N, side, side) float32, paper 0, black 1
    """
    darkness = (1 - cells).clamp(0, 1)
    place = (torch.arange(SIDE) + 0.5) / SCALE - OVERHANG  # millimetres from the box's left or upper border
    first, last = place.abs() < GUIDE_REACH, (place - BOX).abs() < GUIDE_REACH
    within = (place > -GUIDE_REACH) & (place < BOX + GUIDE_REACH)
    border = ((first | last)[:, None] & within) | (within[:, None] & (first | last))  # (side, side) bool
    along_upper = darkness[:, first].amax(dim=1)  # (N, side): the darkest pixel across the border, which may lie a little beside
    along_left = darkness[:, :, first].amax(dim=2)
    middle = slice(2 * SCALE, -2 * SCALE)  # without the corners
    guide = 1.25 * torch.cat([along_upper[:, middle], along_left[:, middle]]).median()  # ink covers less than half of it
    return torch.where(border, (darkness - guide).clamp(min=0) / (1 - guide), darkness)


def smooth_grain(ink: Tensor) -> np.ndarray:
    """(N, side, side), blurred by a tenth of a millimetre: what is smaller is grain of the paper or the camera."""
    return ndimage.gaussian_filter(ink.numpy(), (0, 0.1 * SCALE, 0.1 * SCALE))


# --- From ink to characters -----------------------------------------------------------------------------------------------


def find_strokes(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the strokes are that belong to this cell, and where they may be if what is rather faint counts as well.

    Shape:
        ink: (side, side) float32, paper 0, black 1 -> twice (side, side) bool
    """
    pieces, count = ndimage.label(ink > FAINT, structure=np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    area, certain, inside = (
        ndimage.sum_labels(what, pieces, numbers) / SCALE**2 for what in (np.ones(ink.shape), ink > CERTAIN, _inside())
    )
    is_ink = certain >= SMALLEST_MARK
    belongs = inside >= np.maximum(SMALLEST_MARK / 2, 0.25 * area)  # or else it is a neighbour's stroke that runs over
    large = is_ink | (area >= 4 * SMALLEST_MARK)
    return np.isin(pieces, numbers[is_ink & belongs]), np.isin(pieces, numbers[large & belongs])


def judge_cell(strokes: np.ndarray, perhaps: np.ndarray) -> tuple[Verdict, str]:
    """What to do with a cell, and why it is not taken."""
    if is_struck_out(perhaps):
        return "struck out", "crossed out from corner to corner"
    if not strokes.any() and perhaps[_inside()].sum() > FAINT_MARK * SCALE**2:
        return "unclear", "what is written in it is too faint; use a darker pen"
    if not strokes.any():
        return "empty", "nothing is written in it"
    if strokes.sum() > LARGEST_SHARE * (BOX * SCALE) ** 2:
        return "unclear", "it is mostly covered with ink"
    return "taken", ""


def is_struck_out(strokes: np.ndarray) -> bool:
    """Whether one straight stroke covers most of a diagonal of the box, give or take 2.4 mm at its ends."""
    thick = ndimage.binary_dilation(strokes, iterations=round(STRAIGHT * SCALE))
    picture = torch.from_numpy(np.stack([thick, thick[:, ::-1]])[:, None].astype(np.float32))  # both diagonals
    half = BOX / (BOX + 2 * OVERHANG)  # a corner of the box, where the cell reaches from -1 to 1
    shifts = torch.linspace(-2.4, 2.4, 9) * 2 / (BOX + 2 * OVERHANG) / 2**0.5
    start = torch.stack([shifts - half, -shifts - half], dim=1)[:, None, None]  # (9, 1, 1, 2): around the upper left corner
    end = torch.stack([shifts + half, -shifts + half], dim=1)[None, :, None]  # (1, 9, 1, 2): around the lower right one
    along = torch.linspace(0, 1, 100)[:, None]
    lines = (start + (end - start) * along).view(1, 81, 100, 2).expand(2, -1, -1, -1)
    covered = F.grid_sample(picture, lines, mode="nearest", align_corners=False).mean(dim=-1)  # (2, 1, 81)
    return bool(covered.max() >= STRUCK_SHARE)


def normalize_strokes(ink: np.ndarray, strokes: np.ndarray, image_size: int) -> Tensor:
    """The strokes with their grey edges and nothing else, in step 1's form: (1, image_size, image_size) uint8."""
    strongest = float(np.quantile(ink[strokes], 0.75))
    kept = np.where(ndimage.binary_dilation(strokes), ink / strongest, 0)
    paper = 1 - (STROKE_CONTRAST * (kept - FADED)).clip(0, 1)
    return normalize_picture(torch.from_numpy((255 * paper).round().astype(np.uint8)), image_size)


def _inside() -> np.ndarray:
    """(SIDE, SIDE) bool: the part of a cell that lies safely within its box."""
    border = round((OVERHANG + 0.8) * SCALE)
    return np.pad(np.ones([SIDE - 2 * border] * 2, bool), border)
