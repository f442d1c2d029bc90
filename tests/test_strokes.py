"""The shapes of characters: our variants and the stroke fonts, as points along strokes."""

import numpy as np
import pytest
import torch

from handwriting_workshop.strokes import (
    ALLOGRAPHS,
    POINTS,
    font_shapes,
    has_strokes,
    resample_strokes,
    smooth_stroke,
    stroke_shapes,
)
from handwriting_workshop.synthetic import CHARACTER_SETS

ALL = sorted(set("".join(CHARACTER_SETS.values())))


def line(*points: tuple[float, float]) -> np.ndarray:
    """A stroke through some points."""
    return np.array(points, dtype=np.float64)


def test_points_are_evenly_spaced_on_a_straight_stroke() -> None:
    """A stroke from (0, 0) to (2, 0) in unequal pieces: points 1/71 apart from -1/2 to 1/2, all at height 0."""
    points, strokes = resample_strokes([line((0, 0), (0.1, 0), (1.7, 0), (2, 0))])
    assert points.shape == (POINTS, 2)
    assert torch.allclose(points[:, 0], torch.linspace(-0.5, 0.5, POINTS), atol=1e-6)
    assert points[:, 1].abs().max() < 1e-6
    assert strokes.tolist() == [0] * POINTS


def test_longer_strokes_have_more_points() -> None:
    """Of strokes of length 3 and 1, the long one gets 54 of 72 points, and both reach to their ends."""
    points, strokes = resample_strokes([line((0, 0), (3, 0)), line((0, 1), (0, 2))])
    assert strokes.bincount().tolist() == [54, 18]
    expected = torch.tensor([[0.0, 0.0], [3, 0], [0, 1], [0, 2]])
    ends = points[[0, 53, 54, 71]]
    assert torch.allclose(ends, (expected - torch.tensor([1.5, 1.0])) / 3, atol=1e-6)


def test_a_dot_has_three_points() -> None:
    """The dot of an i is a stroke of hardly any length, and yet it is drawn."""
    _, strokes = resample_strokes([line((0, 5), (0, 14)), line((0, 1.5), (0.1, 1.6))])
    assert strokes.bincount().tolist() == [69, 3]


def test_a_smooth_stroke_passes_its_points_and_turns_at_corners_only() -> None:
    """Of a hook (0, 3), (2, 0), (2, 6): with a corner both pieces are straight, without one the curve swings past the tip."""
    hook = line((0, 3), (2, 0), (2, 6))
    sharp, round_ = smooth_stroke(hook, [1]), smooth_stroke(hook)
    for stroke in (sharp, round_):
        for point in hook:
            assert np.linalg.norm(stroke - point, axis=1).min() < 0.1
    assert sharp[:, 0].max() == pytest.approx(2)
    assert round_[:, 0].max() > 2.1
    assert np.allclose(sharp[len(sharp) // 2 :, 0], 2)


@pytest.mark.parametrize("character", ALL)
def test_a_character_has_its_longer_side_1_and_its_middle_at_0(character: str) -> None:
    """All shapes of all characters fill -1/2 to 1/2 in their longer direction and are centred in both; weights sum to 1."""
    shapes = stroke_shapes(character)
    assert shapes.points.shape[1:] == (POINTS, 2)
    assert shapes.strokes.shape == shapes.points.shape[:2]
    low, high = shapes.points.amin(dim=1), shapes.points.amax(dim=1)
    assert torch.allclose((high - low).amax(dim=1), torch.ones(len(shapes.points)), atol=1e-5)
    assert (low + high).abs().max() < 1e-5
    assert shapes.weights.min() > 0
    assert shapes.weights.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("character", sorted(CHARACTER_SETS["mixed"]))
def test_digits_and_letters_have_variants_beyond_the_fonts(character: str) -> None:
    """Each has at least two ways of ours beside those of the three fonts."""
    assert len(stroke_shapes(character).points) >= 2 + len(font_shapes(character, ("futural", "rowmans", "cursive")).points)


@pytest.mark.parametrize(
    ("character", "strokes"), [("7", {1, 2}), ("4", {1, 2}), ("1", {1, 2})], ids=["crossed 7", "open 4", "1 with a base"]
)
def test_known_variants_are_there(character: str, strokes: set[int]) -> None:
    """A 7 with and without a bar, a 4 in one and in two strokes, a 1 with and without a base."""
    assert set((stroke_shapes(character).strokes.amax(dim=1) + 1).tolist()) >= strokes


def test_each_line_of_the_table_is_a_character_a_weight_and_strokes() -> None:
    """Comments apart, no line is silently skipped: as many variants as lines, of known characters, with two points or more."""
    lines = [text for text in ALLOGRAPHS.read_text(encoding="utf-8").splitlines() if text and not text.startswith("##")]
    fonts = ("futural", "rowmans", "cursive")
    ours = sum(len(stroke_shapes(name).points) - len(font_shapes(name, fonts).points) for name in {text[0] for text in lines})
    assert ours == len(lines) > 250
    for text in lines:
        character, weight, drawn = text.split(" ", 2)
        assert character in ALL
        assert float(weight) > 0
        assert all(len(stroke.split()) >= 2 for stroke in drawn.split("|"))


@pytest.mark.parametrize("character", ["é", " ", "\ue000"], ids=["accent", "space", "private use"])
def test_a_character_without_strokes_is_named(character: str) -> None:
    """The error shows the character so that it can be read, even a blank, and says what to do."""
    assert not has_strokes(character)
    with pytest.raises(ValueError, match=r"there are no strokes for .*collect samples of others with a sample sheet") as caught:
        stroke_shapes(character)
    assert repr(character) in str(caught.value)
