"""Step 1: handwriting drawn from strokes."""

import pytest
import torch

from handwriting_workshop import synthetic
from handwriting_workshop.synthetic import (
    CHARACTER_SETS,
    POINTS,
    Writers,
    characters_of,
    create_synthetic_samples,
    draw_strokes,
    normalize_by_mass,
    resample_strokes,
    stroke_shapes,
)

# --- Characters ---


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("numbers", 10, "0", "9"),
        ("uppercase_letters", 26, "A", "Z"),
        ("lowercase_letters", 26, "a", "z"),
        ("letters", 52, "A", "z"),
        ("symbols", 20, "+", "&"),
        ("mixed", 62, "0", "z"),
    ],
)
def test_every_set_has_its_characters(name: str, count: int, first: str, last: str) -> None:
    """Each named set has so many different characters, from the first to the last."""
    characters = characters_of(name)
    assert (len(characters), characters[0], characters[-1]) == (count, first, last)
    assert len(set(characters)) == count


def test_a_list_of_characters_keeps_its_order_without_repeats() -> None:
    """["b", "a", "b"] are the two classes b and a."""
    assert characters_of(["b", "a", "b"]) == ("b", "a")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("digits", "unknown character set 'digits'; choose one of: numbers, .*or give a list of characters"),
        ([], "no characters were given"),
        (["a", "bc"], "each class must be one character, got 'bc'"),
        (["a", ""], "each class must be one character, got ''"),
    ],
    ids=["unknown name", "empty list", "word", "empty text"],
)
def test_other_characters_are_refused_with_the_choices(wrong: object, message: str) -> None:
    """The error names what was given and what would do."""
    with pytest.raises(ValueError, match=message):
        characters_of(wrong)


# --- Strokes ---


def test_points_are_evenly_spaced_on_a_straight_stroke() -> None:
    """A stroke from (0, 0) to (2, 0) in unequal pieces: points 1/95 apart from -1/2 to 1/2, all at height 0."""
    points = resample_strokes([[(0, 0), (0.1, 0), (1.7, 0), (2, 0)]])
    assert points.shape == (POINTS, 2)
    assert torch.allclose(points[:, 0], torch.linspace(-0.5, 0.5, POINTS), atol=1e-6)
    assert points[:, 1].abs().max() < 1e-6


def test_points_are_evenly_spaced_over_all_strokes_together() -> None:
    """Of a long stroke of length 3 and a short one of length 1, the long one gets 72 of 96 points, and all steps are equal."""
    points = resample_strokes([[(0, 0), (3, 0)], [(0, 1), (0, 2)]])
    long, short = points[:72], points[72:]
    assert long[:, 1].unique().numel() == 1
    assert short[:, 0].unique().numel() == 1
    steps = torch.cat([long[:, 0].diff(), short[:, 1].diff()])
    assert torch.allclose(steps, steps[0].expand(94), atol=1e-6)


@pytest.mark.parametrize("character", sorted(set("".join(CHARACTER_SETS.values()))))
def test_a_character_has_its_longer_side_1_and_its_middle_at_0(character: str) -> None:
    """All shapes of all characters fill -1/2 to 1/2 in their longer direction and are centred in both."""
    shapes = stroke_shapes(character)
    assert shapes.shape[1:] == (POINTS, 2)
    low, high = shapes.amin(dim=1), shapes.amax(dim=1)
    assert torch.allclose((high - low).amax(dim=1), torch.ones(len(shapes)), atol=1e-5)
    assert (low + high).abs().max() < 1e-5


def test_most_letters_can_be_written_in_more_than_one_way() -> None:
    """The fonts differ: at least half of the letters have two shapes or more."""
    assert sum(len(stroke_shapes(letter)) > 1 for letter in CHARACTER_SETS["letters"]) >= 26


@pytest.mark.parametrize("character", ["é", " ", "\ue000"], ids=["accent", "space", "private use"])
def test_a_character_without_strokes_is_named(character: str) -> None:
    """The error shows the character so that it can be read, even a blank, and says what to do."""
    with pytest.raises(ValueError, match="there are no strokes for") as caught:
        stroke_shapes(character)
    assert repr(character) in str(caught.value)
    with pytest.raises(ValueError, match=r"leave them out, or collect them with a sample sheet") as caught:
        create_synthetic_samples(["a", character], 1)
    assert repr(character) in str(caught.value)
    assert "'a'" not in str(caught.value)


# --- Ink ---


def test_one_point_is_a_round_spot_of_ink() -> None:
    """A point in the middle of the middle pixel of 5×5: 1 - exp(-1.2) there, less around it, the same on all four sides."""
    picture = draw_strokes(torch.full((1, 1, 2), 2.5), torch.tensor([2.5]), 5)
    assert picture.shape == (1, 1, 5, 5)
    spot = picture[0, 0]
    assert spot[2, 2].item() == pytest.approx(1 - torch.tensor(-1.2).exp().item())
    assert torch.allclose(spot, spot.t())
    assert torch.allclose(spot, spot.flip(0))
    # one pixel away with a spread of one pixel, the Gaussian is exp(-1/2) = 0.6065, and 1 - exp(-1.2 · 0.6065) = 0.517
    assert spot[2, 1].item() == pytest.approx(0.517, abs=1e-3)
    assert spot.argmax() == 12


def test_x_is_the_column_and_y_the_row() -> None:
    """The point (3.5, 0.5) inks row 0, column 3."""
    picture = draw_strokes(torch.tensor([[[3.5, 0.5]]]), torch.tensor([1.0]), 5)[0, 0]
    assert divmod(int(picture.argmax()), 5) == (0, 3)


def test_ink_overlaps_up_to_1_and_a_wider_pen_leaves_more() -> None:
    """Twenty points on one place give nearly 1, never more; twice the pen leaves at least twice the ink."""
    points = torch.full((2, 20, 2), 8.0)
    thin, thick = draw_strokes(points, torch.tensor([1.5, 3.0]), 16)
    assert 0.99 < thin.max() <= 1
    assert thick.max() <= 1
    assert thick.sum() > 2 * thin.sum()


# --- Normalisation ---


def ink_box(image: torch.Tensor) -> tuple[int, int]:
    """Height and width of what is at least half inked."""
    rows, columns = (image > 0.5).nonzero(as_tuple=True)
    return int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1


def center_of_mass(image: torch.Tensor) -> tuple[float, float]:
    """(y, x) in pixels from the upper left corner."""
    places = torch.arange(len(image)) + 0.5
    return tuple(((image.sum(dim=1 - axis) * places).sum() / image.sum()).item() for axis in (0, 1))


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(20, 10, (20, 10)), (10, 20, (10, 20)), (40, 20, (20, 10)), (10, 10, (20, 20))],
    ids=["tall", "wide", "too large", "too small"],
)
def test_the_longer_side_becomes_20_of_32_pixels(height: int, width: int, expected: tuple[int, int]) -> None:
    """A block of ink anywhere in 64×64 comes out with its longer side 20, its proportions kept, and in the middle."""
    image = torch.zeros(1, 1, 64, 64)
    image[0, 0, 3 : 3 + height, 20 : 20 + width] = 1
    normalized = normalize_by_mass(image, 32)[0, 0]
    assert ink_box(normalized) == expected
    assert center_of_mass(normalized) == pytest.approx((16, 16), abs=0.05)


def test_the_centre_of_mass_is_in_the_middle_not_the_rectangles() -> None:
    """A heavy foot draws a shape upwards: an L's rectangle is off the middle, its centre of mass is not."""
    image = torch.zeros(1, 1, 64, 64)
    image[0, 0, 10:30, 10:12] = 1
    image[0, 0, 26:30, 10:30] = 1
    normalized = normalize_by_mass(image, 32)[0, 0]
    assert center_of_mass(normalized) == pytest.approx((16, 16), abs=0.05)
    rows, columns = (normalized > 0.5).nonzero(as_tuple=True)
    assert rows.min() + rows.max() + 1 < 30
    assert columns.min() + columns.max() + 1 > 34


def test_blank_pictures_stay_blank() -> None:
    """No ink gives zeros, not NaN, also beside a picture with ink."""
    images = torch.zeros(2, 1, 20, 20)
    images[1, 0, 5:15, 5:15] = 1
    blank, inked = normalize_by_mass(images, 16)
    assert torch.equal(blank, torch.zeros(1, 16, 16))
    assert inked.max() > 0.9


def test_pictures_that_are_not_square_keep_their_proportions() -> None:
    """A 10×10 block in a picture of 20×60 stays a square."""
    image = torch.zeros(1, 1, 20, 60)
    image[0, 0, 5:15, 40:50] = 1
    assert ink_box(normalize_by_mass(image, 32)[0, 0]) == (20, 20)


# --- Writers ---


def test_a_writer_without_habits_copies_the_shape() -> None:
    """Slant, tilt and shakiness 0 and aspect 1 change a shape only by the small accidents of the hand."""
    nothing = torch.zeros(1)
    writer = Writers(slant=nothing, aspect=nothing + 1, tilt=nothing, pen_width=nothing, shakiness=nothing)
    shape = stroke_shapes("7")[:1].expand(50, -1, -1)
    written = writer.write(shape, torch.zeros(50, dtype=torch.int64), torch.Generator().manual_seed(0))
    assert not torch.equal(written[0], written[1])
    assert (written.mean(dim=0) - shape[0]).abs().max() < 0.05  # accidents of 6 to 8 % average out over 50 tries


def test_a_slant_leans_to_the_right() -> None:
    """With slant 0.5, the top of a vertical stroke lies half its height further right than its foot (y points down)."""
    nothing = torch.zeros(1)
    writer = Writers(slant=nothing + 0.5, aspect=nothing + 1, tilt=nothing, pen_width=nothing, shakiness=nothing)
    stroke = torch.stack([torch.zeros(POINTS), torch.linspace(-0.5, 0.5, POINTS)], dim=1).expand(100, -1, -1)
    written = writer.write(stroke, torch.zeros(100, dtype=torch.int64), torch.Generator().manual_seed(0)).mean(dim=0)
    assert (written[0, 0] - written[-1, 0]).item() == pytest.approx(0.5, abs=0.05)


# --- Data sets ---


@pytest.mark.parametrize("name", CHARACTER_SETS)
def test_a_data_set_is_balanced_and_nothing_in_it_is_blank(name: str) -> None:
    """Two images of each class of each set: 1×32×32, each with ink and with paper."""
    samples = create_synthetic_samples(name, 2)
    assert samples.images.shape == (2 * len(CHARACTER_SETS[name]), 1, 32, 32)
    assert samples.classes == tuple(CHARACTER_SETS[name])
    assert samples.class_counts().tolist() == [2] * len(CHARACTER_SETS[name])
    assert samples.images.flatten(1).amax(dim=1).min() > 150
    assert (samples.images.float().mean(dim=(1, 2, 3)) < 128).all()


def test_the_same_seed_gives_the_same_data_set() -> None:
    """Images, labels and writers are equal, to the bit."""
    first, again = (create_synthetic_samples(["a", "b", "7"], 15, seed=3) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    assert torch.equal(first.writers, again.writers)


def test_another_seed_gives_another_data_set() -> None:
    """No image of seed 0 occurs under seed 1."""
    first, other = (
        {image.numpy().tobytes() for image in create_synthetic_samples("numbers", 5, seed=seed).images} for seed in (0, 1)
    )
    assert len(first) == len(other) == 50
    assert not first & other


def test_images_of_one_class_differ_between_and_within_writers() -> None:
    """40 times the 4 by 4 writers: 40 different images, and those of different writers differ more."""
    samples = create_synthetic_samples(["4"], 40)
    assert samples.writers is not None
    assert sorted(set(samples.writers.tolist())) == [0, 1, 2, 3]
    images = samples.images.flatten(1).float()
    assert len({image.numpy().tobytes() for image in samples.images}) == 40
    distances = torch.cdist(images, images)
    same = samples.writers[:, None] == samples.writers[None, :]
    others = ~torch.eye(40, dtype=torch.bool)
    assert distances[same & others].mean() < 0.9 * distances[~same].mean()


def test_a_batch_boundary_changes_nothing_in_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn in batches of 7, 20 images are still 20 images with their own labels."""
    monkeypatch.setattr(synthetic, "BATCH", 7)
    samples = create_synthetic_samples(["a", "b"], 10)
    assert len(samples) == 20
    assert samples.class_counts().tolist() == [10, 10]


def test_other_sizes_have_the_same_proportions() -> None:
    """At 64 pixels the ink's longer side is about 40, at 16 about 10 (20/32 of the picture, within a tenth)."""
    for image_size in (16, 64):
        samples = create_synthetic_samples(["8", "E"], 4, image_size=image_size)
        assert samples.images.shape[2:] == (image_size, image_size)
        for image in samples.images[:, 0].float() / 255:
            rows, columns = (image > 0.25 * image.max()).nonzero(as_tuple=True)
            longer = max(int(rows.max() - rows.min()), int(columns.max() - columns.min())) + 1
            assert longer == pytest.approx(image_size * 20 / 32, rel=0.11)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"per_class": 0}, "per_class must be at least 1, got 0"), ({"image_size": 7}, "image_size must be at least 8, got 7")],
    ids=["no images", "too small"],
)
def test_senseless_sizes_are_refused(arguments: dict[str, int], message: str) -> None:
    """The error gives the value and the least that works."""
    with pytest.raises(ValueError, match=message):
        create_synthetic_samples("numbers", **arguments)
