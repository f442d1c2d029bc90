"""Step 1: handwriting drawn from strokes."""

import pytest
import torch

from handwriting_workshop import synthetic
from handwriting_workshop.strokes import POINTS, stroke_shapes
from handwriting_workshop.synthetic import (
    CHARACTER_SETS,
    SyntheticLoader,
    Writers,
    alphabet_of,
    bell,
    characters_of,
    create_synthetic_samples,
    draw_strokes,
    extent,
    lean_and_turn,
    normalize_by_mass,
    scattered,
    show_square,
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


# --- Alphabets ---


def test_an_alphabet_holds_each_shape_once_under_its_character() -> None:
    """Each shape of 1 and 7 is usual for one of the two only, and for each the shares sum to 1."""
    alphabet = alphabet_of(("1", "7"))
    counts = [len(stroke_shapes(character).points) for character in "17"]
    assert alphabet.points.shape == (sum(counts), POINTS, 2)
    assert (alphabet.usual > 0).sum(dim=1).tolist() == counts
    assert ((alphabet.usual > 0).sum(dim=0) == 1).all()
    assert torch.allclose(alphabet.usual.sum(dim=1), torch.ones(2))


def test_all_characters_without_strokes_are_named() -> None:
    """The error names é and the blank, not a, and says what to do."""
    with pytest.raises(ValueError, match=r"no strokes for: 'é', ' '; leave them out, or collect them with a sample sheet"):
        create_synthetic_samples(["a", "é", " "], 1)


# --- Ink ---


def test_one_point_is_a_round_spot_of_ink() -> None:
    """A pen 4 pixels wide in the middle of 5×5: nearly 1 there, about half at its edge, the same on all four sides."""
    picture = draw_strokes(torch.full((1, 1, 2), 2.5), torch.tensor([[4.0]]), 5)
    assert picture.shape == (1, 1, 5, 5)
    spot = picture[0, 0]
    assert torch.allclose(spot, spot.t())
    assert torch.allclose(spot, spot.flip(0))
    # the spread is one pixel: exp(-d²/2) is 1, 0.6065 and 0.1353 at 0, 1 and 2 pixels, and ink is 1 - exp(-6 times that)
    assert spot[2].tolist() == pytest.approx([0.5560, 0.9737, 0.9975, 0.9737, 0.5560], abs=1e-4)


def test_x_is_the_column_and_y_the_row() -> None:
    """The point (3.5, 0.5) inks row 0, column 3."""
    picture = draw_strokes(torch.tensor([[[3.5, 0.5]]]), torch.tensor([[1.0]]), 5)[0, 0]
    assert divmod(int(picture.argmax()), 5) == (0, 3)


def test_ink_overlaps_up_to_1_and_a_wider_pen_leaves_more() -> None:
    """Twenty points on one place give nearly 1, never more; twice the pen leaves at least twice the ink."""
    points = torch.full((2, 20, 2), 8.0)
    thin, thick = draw_strokes(points, torch.tensor([[1.5], [3.0]]), 16)
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


def test_an_extent_reaches_from_the_first_to_the_last() -> None:
    """Gaps between count, both ends count, and nothing has an extent of 0."""
    occupied = torch.tensor([[0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]]).bool()
    assert extent(occupied).tolist() == [4.0, 1.0, 0.0, 6.0]


def test_a_square_is_shown_as_large_as_it_was_asked_for() -> None:
    """The 2×2 pixels around (x, y) = (3, 1) come out one for one; what lies outside of the picture is 0."""
    image = torch.arange(12.0).view(1, 1, 3, 4)
    center_x, center_y, side = torch.tensor([3.0]), torch.tensor([1.0]), torch.tensor([2.0])
    assert torch.allclose(show_square(image, center_x, center_y, side, 2)[0, 0], image[0, 0, :2, 2:], atol=1e-5)
    assert show_square(image, center_x + 8, center_y, side, 2).abs().max() < 1e-5


# --- Writers ---


def test_shapes_lean_before_they_turn() -> None:
    """Slant 1 takes the top (0, -1) to (1, -1), a quarter turn from there to (1, 1); a second shape has its own numbers."""
    points = torch.tensor([[[0.0, -1.0]], [[1.0, 1.0]]])
    moved = lean_and_turn(points, torch.tensor([1.0, 0.0]), torch.tensor([1.0, 2.0]), torch.tensor([torch.pi / 2, 0.0]))
    assert torch.allclose(moved, torch.tensor([[[1.0, 1.0]], [[2.0, 1.0]]]), atol=1e-6)


def one_writer(**habits: float) -> Writers:
    """Somebody whose hand is steady and upright, apart from some habits."""
    steady = {"slant": 0.0, "aspect": 1.0, "tilt": 0.0, "pen_width": 0.1, "curvature": 0.0, "speed": 1.0}
    return Writers(**{name: torch.tensor([value]) for name, value in (steady | habits).items()})


def written(writer: Writers, points: torch.Tensor, times: int, seed: int = 0) -> torch.Tensor:
    """The same stroke many times: (times, P, 2)."""
    strokes, who = torch.zeros(times, len(points), dtype=torch.int64), torch.zeros(times, dtype=torch.int64)
    return writer.write(points.expand(times, -1, -1), strokes, who, torch.Generator().manual_seed(seed))


UPRIGHT = torch.stack([torch.zeros(POINTS), torch.linspace(-0.5, 0.5, POINTS)], dim=1)
"""A vertical stroke, from the top down."""


def test_a_steady_writer_copies_the_shape_up_to_small_accidents() -> None:
    """No two tries are equal, and their mean is the shape."""
    shape = stroke_shapes("7").points[0]
    tries = written(one_writer(), shape, 400)
    assert not torch.equal(tries[0], tries[1])
    assert (tries.mean(dim=0) - shape).abs().max() < 0.03  # accidents of up to 15 % average out: 0.15 / 20, times 4


def test_a_slant_leans_to_the_right() -> None:
    """With slant 0.5, the top of a vertical stroke lies half its height further right than its foot (y points down)."""
    mean = written(one_writer(slant=0.5), UPRIGHT, 400).mean(dim=0)
    assert (mean[0, 0] - mean[-1, 0]).item() == pytest.approx(0.5, abs=0.04)


def test_a_quick_hand_swings_and_a_slow_one_trembles() -> None:
    """At equal curvature, the quick hand strays further from the stroke, the slow one zigzags more from point to point."""
    quick, slow = (written(one_writer(curvature=0.05, speed=speed), UPRIGHT, 200)[..., 0] for speed in (2.0, 0.25))
    assert quick.std(dim=1).mean() > 1.2 * slow.std(dim=1).mean()
    assert slow.diff(n=2, dim=1).abs().mean() > 2 * quick.diff(n=2, dim=1).abs().mean()


def test_strokes_of_a_character_are_misplaced_as_a_whole() -> None:
    """All points of a stroke move together, two strokes differently."""
    moved = scattered(torch.tensor([[0, 0, 1, 1, 1]]), torch.Generator().manual_seed(0))[0]
    assert torch.equal(moved[0], moved[1])
    assert torch.equal(moved[2], moved[4])
    assert not torch.equal(moved[1], moved[2])


def test_far_ink_costs_nothing_and_is_nothing() -> None:
    """exp(-d²) is right up to 6; beyond, 72 points leave no ink at all, and no product of two is too small for the processor."""
    values = bell(torch.tensor([0.0, 1.0, -2.0, 6.0, 100.0]))
    assert values[:3].tolist() == pytest.approx([1.0, 0.36788, 0.018316], rel=1e-4)
    assert values[4] == values[3]
    assert 1 - torch.exp(-6 * 72 * values[3]) == 0
    assert values[3] ** 2 > torch.finfo(torch.float32).tiny  # the smallest that is stored with all its digits


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


# --- A loader that draws ---


def as_they_are(images: torch.Tensor) -> torch.Tensor:
    """No normalisation."""
    return images


def test_no_image_is_drawn_twice() -> None:
    """Two epochs of 64 digits are 128 different images, in batches of the shape and range that are promised."""
    loader = SyntheticLoader(normalization=as_they_are, images_per_epoch=64, batch_size=32)
    batches = [*loader, *loader]
    assert len(batches) == 2 * len(loader) == 4
    assert all(images.shape == (32, 1, 32, 32) and labels.shape == (32,) for images, labels in batches)
    images = torch.cat([images for images, _ in batches])
    assert 0 <= images.min() < 0.01
    assert 0.9 < images.max() <= 1.0001
    assert len({image.numpy().tobytes() for image in images}) == 128


def test_a_loader_goes_on_from_its_generator_s_state() -> None:
    """The same seed draws the same; a state put back draws the same again: so training can be resumed."""
    first, second = (SyntheticLoader(normalization=as_they_are, images_per_epoch=8, batch_size=8, seed=3) for _ in range(2))
    state = first.generator.get_state()
    (drawn, labels), (again, same) = next(iter(first)), next(iter(second))
    assert torch.equal(drawn, again)
    assert torch.equal(labels, same)
    first.generator.set_state(state)
    assert torch.equal(next(iter(first))[0], drawn)


def test_normalisation_and_augmentation_are_applied_in_their_order() -> None:
    """The augmentation gets images in [0, 1] and the loader's generator; the normalisation gets what it returns."""
    calls: list[tuple[str, object]] = []

    def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        calls.append(("augmentation", generator))
        return images + 1

    def normalize(images: torch.Tensor) -> torch.Tensor:
        calls.append(("normalization", None))
        return -images

    loader = SyntheticLoader("symbols", normalization=normalize, augmentation=augment, images_per_epoch=4, batch_size=4)
    images, _ = next(iter(loader))
    assert calls == [("augmentation", loader.generator), ("normalization", None)]
    assert images.max() <= -1


@pytest.mark.parametrize("batch_size", [0, 65])
def test_a_batch_must_fit_into_an_epoch(batch_size: int) -> None:
    """The error names the limits and the value."""
    with pytest.raises(ValueError, match=f"batch_size must lie in 1…64 .*, got {batch_size}"):
        SyntheticLoader(normalization=as_they_are, images_per_epoch=64, batch_size=batch_size)
