"""The shapes of characters, as strokes: our own variants (`data/allographs.txt`) and the fonts of A. V. Hershey.

Hershey digitised single-line fonts in 1967 (package Hershey-Fonts); they have all printable ASCII characters, but one way to
write each, a draughtsman's. People write a 4 open or closed, a 7 with a bar or without, a 2 with a loop: such variants are
called allographs, and a model that has not seen them does not read them.
"""

import itertools
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from torch import Tensor

FONTS = ("futural", "rowmans", "cursive")
"""The Hershey fonts with one line per stroke; the others draw outlines, or have no Latin letters."""

ALLOGRAPHS = Path(__file__).parent / "data" / "allographs.txt"

POINTS = 72
"""Points along a character: at 20 pixels of height they lie about 0.8 pixels apart, less than the finest pen."""

Polyline = NDArray[np.float64]
"""(L, 2) points (x, y), y downwards, joined by straight lines."""


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """S ways to write a character, or characters."""

    points: Tensor
    """(S, POINTS, 2) float32: (x, y), y downwards, evenly spaced along all strokes; the longer side 1, the centre at 0."""
    strokes: Tensor
    """(S, POINTS) int64: which stroke each point belongs to, from 0."""
    weights: Tensor
    """(S,) float32: how usual each way is; they sum to 1."""


@cache
def stroke_shapes(character: str) -> Shapes:
    """All ways to write a character: our variants by their weights, and each font's shape as one more of weight 1.

    Raises:
        ValueError: neither the table nor a font has the character.
    """
    variants = [(weight, [smooth_stroke(*stroke) for stroke in strokes]) for weight, strokes in _allographs().get(character, ())]
    return _as_shapes(character, variants + _in_fonts(character, FONTS))


def font_shapes(character: str, fonts: Sequence[str]) -> Shapes:
    """A character as some Hershey fonts have it, without our own variants.

    Raises:
        ValueError: none of the fonts has the character.
    """
    return _as_shapes(character, _in_fonts(character, fonts))


def _in_fonts(character: str, fonts: Sequence[str]) -> list[tuple[float, list[Polyline]]]:
    drawn = [strokes for font in fonts if (strokes := _font_strokes(font).get(character))]
    return [(1.0, [np.asarray(stroke, dtype=np.float64) for stroke in strokes]) for strokes in drawn]


def _as_shapes(character: str, ways: Sequence[tuple[float, list[Polyline]]]) -> Shapes:
    if not ways:
        raise ValueError(
            f"there are no strokes for {character!r}: the stroke fonts have the printable ASCII characters; "
            "collect samples of others with a sample sheet (workshop sheet)"
        )
    resampled = [resample_strokes(strokes) for _, strokes in ways]
    weights = torch.tensor([weight for weight, _ in ways])
    return Shapes(
        points=torch.stack([points for points, _ in resampled]),
        strokes=torch.stack([strokes for _, strokes in resampled]),
        weights=weights / weights.sum(),
    )


def has_strokes(character: str) -> bool:
    """Whether the table or a font has the character."""
    return character in _allographs() or any(_font_strokes(font).get(character) for font in FONTS)


@cache
def _allographs() -> dict[str, list[tuple[float, list[tuple[Polyline, tuple[int, ...]]]]]]:
    """Character -> its variants: weight and strokes; a stroke is its points and the positions of its corners."""
    table: dict[str, list[tuple[float, list[tuple[Polyline, tuple[int, ...]]]]]] = {}
    for line in ALLOGRAPHS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("##"):
            character, weight, drawn = line.split(" ", 2)
            strokes = []
            for stroke in drawn.split("|"):
                words = stroke.split()
                points = np.array([[float(number) for number in word.rstrip("*").split(",")] for word in words])
                strokes.append((points, tuple(place for place, word in enumerate(words) if word.endswith("*"))))
            table.setdefault(character, []).append((float(weight), strokes))
    return table


@cache
def _font_strokes(font: str) -> dict[str, list[list[tuple[float, float]]]]:
    """Character -> its strokes as lists of (x, y)."""
    from HersheyFonts import HersheyFonts

    fonts = HersheyFonts()
    fonts.load_default_font(font)
    return {character: list(fonts.strokes_for_text(character)) for character in string.printable.strip()}


def smooth_stroke(points: Polyline, corners: Sequence[int] = ()) -> Polyline:
    """A pen's way through some points: a cubic spline from corner to corner, as a fine polyline."""
    ends = sorted({0, *corners, len(points) - 1})
    pieces = []
    for first, last in itertools.pairwise(ends):
        knots = points[first : last + 1]
        times = np.sqrt(np.linalg.norm(np.diff(knots, axis=0), axis=1)).cumsum()  # centripetal: no loops at uneven knots
        spline = CubicSpline(np.concatenate([[0], times]), knots, bc_type="natural")
        pieces.append(spline(np.linspace(0, times[-1], 20 * len(knots))))
    return np.concatenate(pieces)


def resample_strokes(strokes: Sequence[Polyline]) -> tuple[Tensor, Tensor]:
    """POINTS points, evenly spaced along each stroke, and the stroke of each point: (POINTS, 2) float32, (POINTS,) int64.

    A stroke gets points by its length, a dot three of them. The longer side of all is 1, the centre at 0.
    """
    lengths = np.array([np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum() for stroke in strokes])
    counts = np.maximum(3, (lengths / lengths.sum() * POINTS).round().astype(int))
    counts[counts.argmax()] += POINTS - counts.sum()
    resampled = []
    for stroke, count in zip(strokes, counts, strict=True):
        until = np.concatenate([[0], np.linalg.norm(np.diff(stroke, axis=0), axis=1).cumsum()])
        positions = np.linspace(0, until[-1], count)
        resampled.append(np.stack([np.interp(positions, until, stroke[:, axis]) for axis in (0, 1)], axis=1))
    points = np.concatenate(resampled)
    low, high = points.min(axis=0), points.max(axis=0)
    normalized = (points - (low + high) / 2) / (high - low).max()
    return torch.from_numpy(normalized).float(), torch.arange(len(strokes)).repeat_interleave(torch.from_numpy(counts))
