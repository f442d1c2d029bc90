"""Ink, a writer's hand and normalised pictures, on inputs that nobody can know beforehand."""

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy import stats

from grading.runtime.messages import assert_same


def integer(draw, low, high):
    """One of low … high."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def numbers(draw, *shape, low=0.0, high=1.0):
    """Uniform float32 numbers."""
    return low + (high - low) * torch.rand(shape, generator=draw)


# --- 1.1 draw_strokes -----------------------------------------------------------------------------------------------------


def assert_drawn(got, points, pens, size, call):
    """Compare with the docstring's formula, pixel by pixel and point by point, in double precision."""
    centers = np.arange(size) + 0.5
    x, y = points.double().numpy()[:, :, :, None, None].transpose(2, 0, 1, 3, 4)
    squared = (x - centers[None, None, None, :]) ** 2 + (y - centers[None, None, :, None]) ** 2
    spots = np.exp(-squared / (2 * (pens.double().numpy()[:, :, None, None] / 4) ** 2))
    assert_same(got, 1 - np.exp(-6 * spots.sum(axis=1))[:, None], call, tolerance=1e-4, picture=True)


@pytest.mark.exercise("1.1")
def test_any_points_leave_their_ink(box, draw):
    """Points anywhere, each with a pen of its own, in pictures of any size."""
    cases = []
    for _ in range(4):
        count, points, size = integer(draw, 2, 6), integer(draw, 3, 12), integer(draw, 6, 24)
        places, pens = numbers(draw, count, points, 2, low=-2, high=size + 2), numbers(draw, count, points, low=0.6, high=6)
        cases.append((places, pens, size))

    def act(synthetic):
        return [(synthetic.draw_strokes(places, pens, size), places, pens) for places, pens, size in cases]

    for (got, same_places, same_pens), (places, pens, size) in zip(box(act), cases, strict=True):
        call = f"draw_strokes(points {tuple(places.shape)}, pen_width {tuple(pens.shape)}, {size})"
        assert_drawn(got, places, pens, size, call)
        assert_same(same_places, places, f"the points after {call}", tolerance=0)
        assert_same(same_pens, pens, f"the pens after {call}", tolerance=0)


@pytest.mark.exercise("1.1")
def test_ink_of_crowded_points_is_right_too(box, draw):
    """Many points close together: their spots add up before they become ink."""
    count, points, size = integer(draw, 2, 4), integer(draw, 30, 60), integer(draw, 9, 16)
    middles = numbers(draw, count, 1, 2, low=3, high=size - 3)
    places = middles + 1.5 * torch.randn(count, points, 2, generator=draw)
    pens = numbers(draw, count, points, low=0.5, high=2.5)

    def act(synthetic):
        return synthetic.draw_strokes(places, pens, size)

    assert_drawn(box(act), places, pens, size, f"draw_strokes({points} points close together, pen_width, {size})")


# --- 1.2 lean_and_turn ----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("1.2")
def test_any_shapes_lean_and_turn(box, draw):
    """Shapes of any number of points, each with a slant, an aspect and a tilt of its own."""
    cases = []
    for _ in range(4):
        count, points = integer(draw, 2, 9), integer(draw, 3, 9)
        shapes = numbers(draw, count, points, 2, low=-1)
        slant, aspect, tilt = (numbers(draw, count, low=low, high=high) for low, high in ((-1, 1), (0.4, 2), (-3, 3)))
        cases.append((shapes, slant, aspect, tilt))

    def act(synthetic):
        return [(synthetic.lean_and_turn(*case), case[0]) for case in cases]

    for (got, same), case in zip(box(act), cases, strict=True):
        shapes, slant, aspect, tilt = (values.double().numpy() for values in case)
        leaning = aspect[:, None] * shapes[..., 0] - slant[:, None] * shapes[..., 1]
        turned = (leaning + 1j * shapes[..., 1]) * np.exp(1j * tilt)[:, None]
        call = f"lean_and_turn(points {shapes.shape}, slant, aspect, tilt)"
        assert_same(got, np.stack([turned.real, turned.imag], axis=-1), call, tolerance=1e-4)
        assert_same(same, case[0], f"the points after {call}", tolerance=0)


# --- 1.3 scattered --------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("1.3")
def test_any_strokes_are_scattered(box, draw):
    """Strokes in a jumble: one shift for all points of a stroke, independent normal numbers, all luck from the generator."""
    count, points, most = integer(draw, 1500, 2000), integer(draw, 12, 24), integer(draw, 3, 6)
    strokes = torch.stack([torch.randint(integer(draw, 1, most + 1), (points,), generator=draw) for _ in range(count)])
    strokes[0, :2] = torch.tensor([0, most])
    seed, other_seed = torch.randint(2**40, (2,), generator=draw).tolist()

    def act(synthetic):
        numbers = (seed, seed, other_seed, seed, other_seed)
        one, same, other, used, put_back = (torch.Generator().manual_seed(number) for number in numbers)
        torch.rand(3, generator=used)  # its seed is the same, and its state is not
        put_back.set_state(one.get_state())
        return [synthetic.scattered(strokes, generator) for generator in (one, same, same, other, used, put_back)]

    call = f"scattered(strokes ({count}, {points}), generator)"
    first, again, later, another, moved, restored = box(act)
    for shifts in (first, again, later, another, moved, restored):
        assert tuple(shifts.shape) == (count, points, 2), f"{call} has the shape {tuple(shifts.shape)}"
    assert_same(again, first, f"{call} with a second generator of the same seed")
    assert_same(restored, first, f"{call} with a generator of the same state")
    others = {"a second call with one generator": later, "a generator of another seed": another}
    for name, shifts in {**others, "a generator from which was drawn before": moved}.items():
        assert (shifts - first).abs().amax(dim=2).min() > 1e-6, f"{call}: {name} gave the same shifts again"

    # The stroke of each point, counted over all characters; each stroke's shift is that of its first point.
    named, where = np.unique((torch.arange(count)[:, None] * (most + 1) + strokes).flatten().numpy(), return_inverse=True)
    shift_of = np.zeros((len(named), 2))
    flat = first.double().flatten(0, 1).numpy()
    shift_of[where[::-1]] = flat[::-1]
    assert_same(flat, shift_of[where], f"{call}: points of one stroke must have its shift")
    different = len(np.unique(shift_of.round(5), axis=0))
    assert different >= len(named) - 3, f"{call}: {len(named)} strokes have {different} different shifts"
    chance = stats.kstest(shift_of.flatten(), stats.norm.cdf).pvalue
    assert chance > 1e-6, (
        f"{call}: shifts have mean {shift_of.mean():.3f} and deviation {shift_of.std():.3f}; "
        f"they are no standard normal numbers (p = {chance:.1g})"
    )
    neighbours = np.column_stack([shift_of[:-1], shift_of[1:]])  # x and y of a stroke, and of the next one
    correlation = np.abs(np.corrcoef(neighbours.T) - np.eye(4)).max()
    within = 5.5 / len(neighbours) ** 0.5
    assert correlation < within, (
        f"{call}: x, y and the next stroke's x, y have a correlation of {correlation:.2f} (< {within:.2f})"
    )
    # One number can follow from another without a correlation (its magnitude can): pairs must fill their square evenly, too.
    cells = (8 * stats.norm.cdf(neighbours)).astype(int).clip(0, 7).T
    evenly = min(stats.chisquare(np.bincount(8 * one + other, minlength=64)).pvalue for one, other in combinations(cells, 2))
    assert evenly > 1e-9, f"{call}: of x, y and the next stroke's x, y, one tells of another (p = {evenly:.1g})"


# --- 1.4 normalize_by_mass ------------------------------------------------------------------------------------------------


def pictures_with_traces(draw, count, channels, height, width):
    """Tall and wide characters in turn, faint and strong ones, most with fainter traces elsewhere; (N, C, H, W)."""
    images = torch.zeros(count, channels, height, width)
    for number in range(count):
        longer, shorter = integer(draw, 12, 18), integer(draw, 3, 7)
        tall, wide = (longer, shorter) if number % 2 else (shorter, longer)
        level = float(numbers(draw, low=0.1, high=1.0))
        for place, (low, high) in enumerate(((0.4, 0.9), (0.02, 0.2), (0.02, 0.2))):
            part = (tall, wide) if place == 0 else (integer(draw, 2, 6), integer(draw, 2, 6))
            top, left = integer(draw, 1, height - part[0] - 1), integer(draw, 1, width - part[1] - 1)
            ink = level * numbers(draw, channels, *part, low=low, high=high)
            if place == 0:
                ink[integer(draw, 0, channels - 1), integer(draw, 0, tall - 1), integer(draw, 0, wide - 1)] = level
            area = images[number, :, top : top + part[0], left : left + part[1]]
            area.copy_(torch.maximum(area, ink))
    return images


@pytest.mark.exercise("1.4")
def test_any_pictures_are_normalised(box, draw, reference):
    """Characters of any size and strength, with faint traces around them, come out as they should."""
    cases = [
        (
            pictures_with_traces(draw, integer(draw, 4, 7), channels, integer(draw, 28, 56), integer(draw, 28, 56)),
            integer(draw, 16, 36),
        )
        for channels in (1, 2, 3)
    ]

    def act(synthetic):
        return [(synthetic.normalize_by_mass(images, size), images) for images, size in cases]

    for (got, same), (images, size) in zip(box(act), cases, strict=True):
        call = f"normalize_by_mass(images {tuple(images.shape)}, {size})"
        expected = reference.synthetic.normalize_by_mass(images.clone(), size)
        assert_same(got, expected, call, tolerance=2e-4, picture=True)
        assert_same(same, images, f"the images after {call}", tolerance=0)


@pytest.mark.exercise("1.4")
def test_blank_pictures_anywhere_stay_blank(box, draw, reference):
    """Blank pictures among others stay blank, and change nothing for the others."""
    count, size = integer(draw, 5, 8), integer(draw, 16, 36)
    images = pictures_with_traces(draw, count, integer(draw, 1, 2), integer(draw, 28, 48), integer(draw, 28, 48))
    images[torch.randperm(count, generator=draw)[: integer(draw, 1, 3)]] = 0

    def act(synthetic):
        return synthetic.normalize_by_mass(images, size)

    expected = reference.synthetic.normalize_by_mass(images.clone(), size)
    assert_same(box(act), expected, "normalize_by_mass(images, some of them blank)", tolerance=2e-4, picture=True)
