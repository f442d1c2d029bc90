"""Step 6, exercises 6.1 to 6.4: from a picture of any kind to labelled samples."""

from typing import Any

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.overrides import TorchFunctionMode

from grading.runtime.messages import assert_same, side_by_side
from handwriting_workshop.embedded import embedded_mnist

GRAIN, DUST, FINER = 0.2, 0.01, 3
"""As in the module."""

RECOVERED = 0.87
"""Least mean overlap of real digits with what becomes of their photos. The solution has 0.8913 on average over 20 seeds (24 Nov
2026; standard deviation 0.0040, worst 0.8843), the lowest of nine alternatives of 6.1 to 6.3 0.8898 (5 seeds)."""


def assert_returned(result: Any, call: str) -> None:
    """Fail if a call gave None, as a function without `return` does."""
    assert result is not None, f"{call} gave None: is a return missing?"


def by_mass(images: Tensor, image_size: int) -> Tensor:
    """A stand-in for step 1's normalisation: the ink's longer side fills 20/32, its centre of mass is in the middle."""
    height, width = images.shape[-2:]
    visible = images[0, 0] > 0.25 * images.max()
    rows, columns = visible.nonzero(as_tuple=True)
    shown = 1.6 * max(int(rows.max() - rows.min()), int(columns.max() - columns.min())) + 1.6
    ink = images[0, 0] / images.sum()
    y = float(ink.sum(dim=1) @ (torch.arange(height) + 0.5)) / height
    x = float(ink.sum(dim=0) @ (torch.arange(width) + 0.5)) / width
    window = torch.tensor([[[shown / width, 0, 2 * x - 1], [0, shown / height, 2 * y - 1]]])
    return F.grid_sample(images, F.affine_grid(window, [1, 1, image_size, image_size], align_corners=False), align_corners=False)


def photos_of(digits: Tensor, seed: int) -> list[Tensor]:
    """(N, 1, 32, 32) uint8 digits as photos: larger, on paper or a board of any brightness, with noise and a speck of dust."""
    generator = torch.Generator().manual_seed(seed)
    photos = []
    for digit in digits:
        size = int(torch.randint(90, 400, (), generator=generator))
        ink = F.interpolate(digit[None].float() / 255, size=[size, size], mode="bilinear", align_corners=False)[0, 0]
        paper, pen = 255 * (torch.tensor([0.65, 0.0]) + 0.3 * torch.rand(2, generator=generator))
        if torch.rand((), generator=generator) < 0.5:
            paper, pen = pen, paper
        photo = paper + (pen - paper) * ink + 4 * torch.randn(size, size, generator=generator)
        photo[3:5, 3:5] = pen
        photos.append(photo.round().clamp(0, 255).to(torch.uint8))
    return photos


def unphotographed(digit: Tensor) -> Tensor:
    """(1, 32, 32) uint8 -> the same digit, normalised as it is: what its photo should become."""
    averaged = F.avg_pool2d(by_mass(digit[None].float() / 255, 96), 3)[0]
    return (averaged / averaged.max() * 255).round().to(torch.uint8)


def overlap(first: Tensor, second: Tensor) -> float:
    """Intersection over union of the pixels that are more than half ink."""
    first, second = first > 127, second > 127
    return float((first & second).sum() / (first | second).sum())


# --- 6.1 find_ink ---


@pytest.mark.exercise("6.1")
def test_ink_has_the_pictures_shape_in_float32(box):
    """A picture of 24 × 36 grey levels gives 24 × 36 float32 numbers."""
    picture = torch.full((24, 36), 230, dtype=torch.uint8)
    picture[6:18, 10:14] = 40

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    ink = box(act)
    assert_returned(ink, "find_ink(picture)")
    assert (tuple(ink.shape), ink.dtype) == ((24, 36), torch.float32), (
        f"find_ink(picture) of {tuple(picture.shape)} uint8 gave {tuple(ink.shape)} {ink.dtype}; expected (24, 36) torch.float32"
    )


TINY = torch.tensor(
    [
        [200, 200, 200, 200, 200],
        [200, 0, 100, 200, 200],
        [200, 0, 200, 165, 200],
        [200, 0, 50, 200, 200],
        [200, 200, 200, 200, 200],
    ],
    dtype=torch.uint8,
)
TINY_INK = [[0, 0, 0, 0, 0], [0, 1, 0.5, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0.75, 0, 0], [0, 0, 0, 0, 0]]
"""165 is 35 of 200 levels from the paper, 0.175: not above GRAIN."""


@pytest.mark.exercise("6.1")
def test_dark_ink_on_light_paper(box):
    """On paper of 200, level 0 is 1, level 100 is 0.5, level 50 is 0.75, and 165 (less than a fifth) is grain: 0."""

    def act(dataset_creator):
        return dataset_creator.find_ink(TINY)

    assert_same(box(act), np.array(TINY_INK, np.float32), "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_light_ink_on_dark_paper(box):
    """The same picture as a negative, chalk on a board of 55, gives the same ink."""

    def act(dataset_creator):
        return dataset_creator.find_ink(255 - TINY)

    assert_same(box(act), np.array(TINY_INK, np.float32), "find_ink(255 - picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_paper_may_be_of_middle_brightness(box):
    """On paper of 128, a dark stroke with a paler light one beside it gives the dark stroke alone, and the other way round."""
    dark, light = (torch.full((20, 20), 128, dtype=torch.uint8) for _ in range(2))
    dark[4:16, 5:7], dark[4:16, 12:14] = 8, 190
    light[4:16, 5:7], light[4:16, 12:14] = 248, 66

    def act(dataset_creator):
        return [dataset_creator.find_ink(dark), dataset_creator.find_ink(light)]

    expected = np.zeros((20, 20), np.float32)
    expected[4:16, 5:7] = 1
    for ink, name in zip(box(act), ("dark on grey", "light on grey"), strict=True):
        assert_same(ink, expected, f"find_ink({name})", picture=True)


@pytest.mark.exercise("6.1")
def test_levels_decide_however_bright_the_paper_is(box):
    """On paper of 200, a stroke 60 levels darker is the ink, and not one 40 levels lighter, though lighter ends at 255."""
    picture = torch.full((20, 20), 200, dtype=torch.uint8)
    picture[4:16, 5:7], picture[4:16, 12:14] = 140, 240

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((20, 20), np.float32)
    expected[4:16, 5:7] = 1
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_one_dark_corner_is_not_the_paper(box):
    """Paper of 200 with a corner of 100 in the shade: it is 200, as most of the edge is, and the corner is 0.5 of the ink."""
    picture = torch.full((36, 30), 200, dtype=torch.uint8)
    picture[6:30, 10:14] = 0
    picture[:3, :3] = 100

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((36, 30), np.float32)
    expected[6:30, 10:14], expected[:3, :3] = 1, 0.5
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_the_difference_is_in_grey_levels_as_float32(box):
    """difference_from_paper gives 200, 100 and 0 for levels 0, 100 and 200 on paper of 200, and float32, which has fractions."""

    def act(dataset_creator):
        return dataset_creator.difference_from_paper(TINY)

    got, call = box(act), "difference_from_paper(picture)"
    assert_same(got, 200 - TINY.numpy().astype(np.float32), call)
    assert got.dtype == torch.float32, f"{call} gave {got.dtype}, expected torch.float32"


@pytest.mark.exercise("6.1")
def test_a_large_faint_reflection_is_not_the_ink(box):
    """A thin dark stroke is the ink, although a reflection beside it has many more pixels."""
    picture = torch.full((40, 40), 150, dtype=torch.uint8)
    picture[5:35, 15:35] = 190
    picture[8:32, 8] = 20

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((40, 40), np.float32)
    expected[8:32, 8] = 1
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_one_black_speck_does_not_make_the_ink_pale(box):
    """Pencil of 110 on paper of 210 is 1 although one pixel is 0; that is 1 too, not more, and a pale stroke beside is 0.3."""
    picture = torch.full((36, 30), 210, dtype=torch.uint8)
    picture[6:30, 10:14] = 110
    picture[6:30, 18:20] = 180
    picture[20, 24] = 0

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((36, 30), np.float32)
    expected[6:30, 10:14] = expected[20, 24] = 1
    expected[6:30, 18:20] = 0.3
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_one_speck_does_not_decide_the_direction(box):
    """Chalk of 200 on a board of 110 is the ink, although one black pixel differs from the board even more; that one is 0."""
    picture = torch.full((36, 30), 110, dtype=torch.uint8)
    picture[6:30, 10:14] = 200
    picture[20, 24] = 0

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((36, 30), np.float32)
    expected[6:30, 10:14] = 1
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
def test_what_is_just_as_much_as_grain_is_grain(box):
    """A stroke of 100 on paper of 200, with a shadow of 180 beside it: that is 0.2, not more than GRAIN, and becomes 0."""
    picture = torch.full((36, 30), 200, dtype=torch.uint8)
    picture[6:30, 10:14], picture[6:30, 14:20] = 100, 180

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = np.zeros((36, 30), np.float32)
    expected[6:30, 10:14] = 1
    assert_same(box(act), expected, "find_ink(picture)", picture=True)


@pytest.mark.exercise("6.1")
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31))
def test_any_ink_on_any_paper(box, paper, pen, seed):
    """Whatever the levels of paper and pen are, ink is the share of their difference."""
    if abs(paper - pen) < 40:
        paper, pen = 240, 20
    share = np.random.default_rng(seed).choice([0, 0, 0, 0.1, 0.5, 0.8, 1], size=(18, 24))
    share[[0, -1]], share[:, [0, -1]], share[4:9, 5] = 0, 0, 1
    levels = np.round(paper + (pen - paper) * share)
    picture = torch.from_numpy(levels.astype(np.uint8))

    def act(dataset_creator):
        return dataset_creator.find_ink(picture)

    expected = (levels - paper) / (pen - paper)
    expected[expected <= GRAIN] = 0
    assert_same(box(act), expected.astype(np.float32), f"find_ink(a pen of {pen} on paper of {paper})", picture=True)


@pytest.mark.exercise("6.1")
def test_lighter_than_the_paper_of_dark_ink_is_no_difference(box):
    """On paper of 200, a stroke of 50 differs by 150, and a reflection of 230 beside it by 0; the picture stays as it was."""
    picture = torch.full((20, 20), 200, dtype=torch.uint8)
    picture[4:16, 5:7], picture[4:16, 12:14] = 50, 230
    before = picture.numpy().copy()

    def act(dataset_creator):
        return dataset_creator.difference_from_paper(picture), picture

    expected = np.zeros((20, 20), np.float32)
    expected[4:16, 5:7] = 150
    difference, after = box(act)
    assert_same(difference, expected, "difference_from_paper(picture)", picture=True)
    assert_same(after, before, "the picture after difference_from_paper(picture)", picture=True)


# --- 6.2 crop_to_ink ---


@pytest.mark.exercise("6.2")
def test_the_rectangle_reaches_from_the_first_ink_to_the_last(box):
    """Ink in rows 1 to 2 and columns 2 to 4 gives a rectangle of 2 × 3, its numbers as they were."""
    ink = torch.tensor([[0, 0, 0, 0, 0, 0], [0, 0, 0.5, 0, 0.25, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    cropped = box(act)
    assert_same(cropped, np.array([[0.5, 0, 0.25], [0, 1, 0]], np.float32), "crop_to_ink(ink)", picture=True)
    assert cropped.dtype == torch.float32, f"crop_to_ink(ink) gave {cropped.dtype}, expected torch.float32"


@pytest.mark.exercise("6.2")
def test_dust_in_a_corner_does_not_move_the_edges(box):
    """Beside a piece of 20 × 20 pixels, a speck of 3 is dust: fewer than a hundredth of 400."""
    ink = torch.zeros(60, 50)
    ink[30:50, 5:25] = 0.8
    ink[2, 40:43] = 1

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    assert_same(box(act), np.full((20, 20), 0.8, np.float32), "crop_to_ink(ink)", picture=True)


@pytest.mark.exercise("6.2")
def test_a_speck_of_just_a_hundredth_is_no_dust(box):
    """Beside a piece of 20 × 20 pixels, a dot of 2 × 2 is kept."""
    ink = torch.zeros(60, 50)
    ink[30:50, 5:25] = 0.8
    ink[10:12, 14:16] = 1

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    assert_same(box(act), ink[10:50, 5:25], "crop_to_ink(ink)", picture=True)


@pytest.mark.exercise("6.2")
def test_a_small_i_on_a_large_page_keeps_its_dot(box):
    """A stem of 2 × 10 pixels and a dot of a single one on 100 × 100 pixels of paper: both are cut out."""
    ink = torch.zeros(100, 100)
    ink[50:60, 70:72] = 1
    ink[44, 70] = 0.6

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    assert_same(box(act), ink[44:60, 70:72], "crop_to_ink(an i)", picture=True)


@pytest.mark.exercise("6.2")
def test_dust_in_the_rectangle_becomes_paper(box):
    """A single pixel in the middle of a large ring is not in the result."""
    ink = torch.zeros(40, 44)
    ink[5:35, 5:35] = 1
    ink[9:31, 9:31] = 0
    ring = ink[5:35, 5:35].clone()
    ink[20, 20] = 1

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    assert_same(box(act), ring, "crop_to_ink(a ring with dust in it)", picture=True)


@pytest.mark.exercise("6.2")
def test_the_ink_that_was_given_stays_as_it_was(box):
    """Dust disappears from the result, not from the tensor that was given."""
    ink = torch.zeros(40, 44)
    ink[5:35, 5:35] = 1
    ink[9:31, 9:31] = 0
    ink[20, 20] = ink[2, 2] = 1

    def act(dataset_creator):
        dataset_creator.crop_to_ink(ink)
        return ink

    assert_same(box(act), ink, "the ink after crop_to_ink(ink)", picture=True)


@pytest.mark.exercise("6.2")
@given(st.integers(0, 2**31))
def test_random_pieces_are_kept_or_dropped_by_their_pixels(box, seed):
    """Pieces of random shape and strength beside a large one: those with too few pixels go, however dark they are."""
    random = np.random.default_rng(seed)
    there = random.random((40, 60)) < 0.04
    for _ in range(3):
        y, x = random.integers(0, 34), random.integers(0, 54)
        there[y : y + random.integers(2, 6), x : x + random.integers(2, 6)] = True
    y, x = random.integers(3, 20), random.integers(3, 40)
    there[y : y + 17, x : x + 17] = True
    strength = np.where(there, random.uniform(0.05, 1, there.shape), 0).astype(np.float32)
    ink = torch.from_numpy(strength)

    def act(dataset_creator):
        return dataset_creator.crop_to_ink(ink)

    _, pieces, table, _ = cv2.connectedComponentsWithStats(there.astype(np.uint8), connectivity=8)
    areas = table[1:, cv2.CC_STAT_AREA]
    kept = np.isin(pieces, 1 + np.flatnonzero(areas >= DUST * areas.max()))
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    expected = np.where(kept, strength, np.float32(0))[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert_same(box(act), expected, "crop_to_ink(ink)", picture=True)


# --- 6.3 normalize_ink ---


@pytest.mark.exercise("6.3")
def test_a_normalised_image_is_uint8_of_the_size_wanted(box):
    """Ink of 90 × 41 pixels becomes (1, 32, 32) uint8."""
    ink = torch.rand(90, 41)

    def act(dataset_creator):
        return dataset_creator.normalize_ink(ink, 32, by_mass)

    image = box(act)
    assert_returned(image, "normalize_ink(ink, 32, normalize)")
    assert (tuple(image.shape), image.dtype) == ((1, 32, 32), torch.uint8), (
        f"normalize_ink(ink, 32, normalize) gave {tuple(image.shape)} {image.dtype}; expected (1, 32, 32) torch.uint8"
    )


@pytest.mark.exercise("6.3")
def test_squares_of_nine_pixels_are_averaged_and_the_strongest_is_255(box):
    """Averages 0.5, 0.29, 0 and 0.1 become 255, 148, 0 and 51: divided by the largest, times 255, rounded."""
    finer = torch.zeros(1, 1, 6, 6)
    finer[..., :3, :3], finer[..., :3, 3:], finer[..., 4, 5] = 0.5, 0.29, 0.9

    def act(dataset_creator):
        return dataset_creator.normalize_ink(torch.ones(2, 2), 2, lambda *_: finer)

    assert_same(box(act), np.array([[[255, 148], [0, 51]]], np.uint8), "normalize_ink(ink, 2, normalize)", tolerance=0)


@pytest.mark.exercise("6.3")
def test_small_ink_is_seen_as_it_is_with_paper_around(box):
    """`normalize` gets ink of 5 × 9 unchanged in the middle of (1, 1, 37, 41), and is asked for 3 × 16 = 48 pixels."""
    ink = torch.rand(5, 9, generator=torch.Generator().manual_seed(0))

    def act(dataset_creator):
        seen = []

        def normalize(images, side):
            seen.extend([images.clone(), side])
            return torch.ones(1, 1, side, side)

        dataset_creator.normalize_ink(ink, 16, normalize)
        return seen

    images, side = box(act)
    assert side == FINER * 16, f"normalize was asked for an image of {side} pixels; expected FINER * image_size = 48"
    assert_same(
        images, np.pad(ink.numpy(), 16)[None, None], "what normalize got, for ink of 5 × 9 and image_size 16", picture=True
    )


@pytest.mark.exercise("6.3")
@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((400, 300), (64, 48)),
        ((100, 250), (26, 64)),
        ((300, 100), (64, 21)),
        ((1, 400), (1, 64)),
        ((64, 20), (64, 20)),
        ((48, 20), (48, 20)),
    ],
)
def test_large_ink_is_made_smaller(box, shape, expected):
    """With image_size 32, the longer side becomes 64, the other follows: 25.6 is 26, 21.3 is 21, at least 1; 64 and 48 stay."""

    def act(dataset_creator):
        sizes = []

        def normalize(images, side):
            sizes.extend(images.shape[-2:])
            return torch.ones(1, 1, side, side)

        dataset_creator.normalize_ink(torch.ones(shape), 32, normalize)
        return sizes

    got = box(act)
    with_margin = [side + 2 * 32 for side in expected]
    assert got == with_margin, (
        f"ink of {shape[0]} × {shape[1]} reached normalize as {' × '.join(map(str, got))}; "
        f"expected {with_margin[0]} × {with_margin[1]}: {expected[0]} × {expected[1]} (the shorter side in proportion, "
        "rounded to the nearest, at least 1) and a margin of 32 pixels on all sides"
    )


@pytest.mark.exercise("6.3")
def test_a_thin_stroke_is_averaged_and_not_skipped(box):
    """A line one pixel high in 400 is still there in 64, wherever it lies, and as pale as its share of the rows."""
    lines = list(range(100, 300, 13))

    def act(dataset_creator):
        seen = []

        def normalize(images, side):
            seen.append(images[0, 0].sum(dim=0)[32:-32].mean())
            return torch.ones(1, 1, side, side)

        for line in lines:
            ink = torch.zeros(400, 300)
            ink[line] = 1
            dataset_creator.normalize_ink(ink, 32, normalize)
        return seen

    for line, left in zip(lines, box(act), strict=True):
        assert 0.08 < float(left) < 0.36, (
            f"of a line in row {line} of 400, each column has {float(left):.3f} after it was made smaller to 64 rows; expected "
            "about 64 / 400 = 0.16. Whether a line is seen must not depend on where it lies"
        )


@pytest.mark.exercise("6.3")
@given(st.integers(1, 12), st.integers(0, 2**31))
def test_random_images_are_averaged_and_stretched(box, image_size, seed):
    """Whatever `normalize` gives, the result is the mean of each 3 × 3 square, in 255 levels of the strongest."""
    finer = np.random.default_rng(seed).random((1, 1, FINER * image_size, FINER * image_size)).astype(np.float32)
    finer *= np.random.default_rng(seed).uniform(0.1, 1)
    given_back = torch.from_numpy(finer)

    def act(dataset_creator):
        return dataset_creator.normalize_ink(torch.ones(4, 3), image_size, lambda *_: given_back)

    means = finer[0].astype(float).reshape(1, image_size, FINER, image_size, FINER).mean(axis=(2, 4))
    levels = means / means.max() * 255
    image = box(act)
    assert_returned(image, "normalize_ink(ink, image_size, normalize)")
    image = image.numpy().astype(float)
    assert_same(image.shape, levels.shape, "normalize_ink(ink, image_size, normalize).shape")
    worst = float(np.abs(image - levels).max())
    assert worst <= 0.501, f"a pixel of normalize_ink(…) is {worst:.2f} levels off; rounding explains 0.5"


class SeesNaN(TorchFunctionMode):
    """Looks at all that PyTorch calculates, and keeps whether NaN was among it."""

    found = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Calculates as always, and looks."""
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.is_floating_point():
            self.found = self.found or bool(torch.isnan(result).any())
        return result


@pytest.mark.exercise("6.3")
def test_a_blank_image_stays_blank(box):
    """If `normalize` gives nothing but paper, all pixels are 0, and 0 / 0 is not among the calculations on the way."""

    def act(dataset_creator):
        with SeesNaN() as watching:
            image = dataset_creator.normalize_ink(torch.ones(5, 5), 8, lambda _, side: torch.zeros(1, 1, side, side))
        return image, watching.found

    image, divided_by_zero = box(act)
    assert_same(image, np.zeros((1, 8, 8), np.uint8), "normalize_ink(ink, 8, normalize)")
    assert not divided_by_zero, (
        "normalize_ink(ink, 8, normalize) of a blank image divides 0 by 0: what uint8 becomes of NaN depends on the processor"
    )


@pytest.mark.accuracy
@pytest.mark.exercise("6.3")
def test_real_digits_are_recovered_from_their_photos(box):
    """Real digits as photos, on paper and on boards, with noise and dust, become nearly what they are without a photo."""
    digits = embedded_mnist()
    digits = digits.images[torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))[:100]]
    photos, originals = photos_of(digits, seed=0), [unphotographed(digit) for digit in digits]

    def act(dataset_creator):
        return torch.stack([dataset_creator.normalize_picture(photo, 32, by_mass) for photo in photos])

    images = box(act)
    overlaps = [overlap(image, original) for image, original in zip(images, originals, strict=True)]
    mean, worst = float(np.mean(overlaps)), int(np.argmin(overlaps))
    shown = side_by_side({"photo": photos[worst][::4, ::4], "yours": images[worst], "expected": originals[worst]})
    assert mean >= RECOVERED, (
        f"what became of 100 photos overlaps by {mean:.3f} on average with the digits that were photographed; expected at least "
        f"{RECOVERED}. The worst of them:\n\n{shown}"
    )


# --- 6.4 label_images ---


def numbered(count: int) -> list[Tensor]:
    """Images that can be told apart: all pixels of image n are n."""
    return [torch.full((1, 2, 2), number, dtype=torch.uint8) for number in range(count)]


def classes_and_labels(samples: Any) -> tuple[list[str], Tensor] | str | None:
    """What a test looks at, the classes as a list whether they are one or a tuple; what else there is if no samples."""
    if samples is None or not hasattr(samples, "labels"):
        return None if samples is None else type(samples).__name__
    return list(samples.classes), samples.labels


def assert_samples(result: Any, call: str) -> None:
    """Fail if a call gave something else than samples, by what `classes_and_labels` has seen."""
    assert_returned(result, call)
    assert not isinstance(result, str), f"{call} gave a {result}; expected Samples(images, labels, classes)"


@pytest.mark.exercise("6.4")
def test_classes_are_sorted_and_labels_are_places_in_them(box):
    """b, a, c, a become the classes a, b, c and the labels 1, 0, 2, 0."""

    def act(dataset_creator):
        samples = dataset_creator.label_images(numbered(4), ["b", "a", "c", "a"])
        return classes_and_labels(samples)

    got = box(act)
    assert_samples(got, "label_images(images, ['b', 'a', 'c', 'a'])")
    classes, labels = got
    assert classes == ["a", "b", "c"], f"the classes of b, a, c, a are {classes}; expected ['a', 'b', 'c']"
    assert_same(labels, np.array([1, 0, 2, 0]), "label_images(images, ['b', 'a', 'c', 'a']).labels")


@pytest.mark.exercise("6.4")
def test_names_of_digits_are_sorted_as_texts(box):
    """9, 10 and 2 become the classes 10, 2, 9, as in any list of names: a class is a text, also where it looks like a number."""

    def act(dataset_creator):
        samples = dataset_creator.label_images(numbered(3), ["9", "10", "2"])
        return classes_and_labels(samples)

    got = box(act)
    assert_samples(got, "label_images(images, ['9', '10', '2'])")
    classes, labels = got
    assert classes == ["10", "2", "9"], f"the classes of 9, 10, 2 are {classes}; expected ['10', '2', '9']"
    assert_same(labels, np.array([2, 0, 1]), "label_images(images, ['9', '10', '2']).labels")


@pytest.mark.exercise("6.4")
def test_images_keep_their_order(box):
    """Three images of 1 × 2 × 2 become one tensor (3, 1, 2, 2), in the same order."""

    def act(dataset_creator):
        return dataset_creator.label_images(numbered(3), ["b", "c", "a"]).images

    assert_same(box(act), torch.stack(numbered(3)), "label_images(images, ['b', 'c', 'a']).images")


@pytest.mark.exercise("6.4")
def test_characters_set_the_order_and_need_no_image(box):
    """Characters 7, x, a, x are the classes 7, x, a, although nobody wrote a 7."""

    def act(dataset_creator):
        samples = dataset_creator.label_images(numbered(3), ["a", "x", "a"], ["7", "x", "a", "x"])
        return classes_and_labels(samples)

    got = box(act)
    assert_samples(got, "label_images(images, ['a', 'x', 'a'], ['7', 'x', 'a', 'x'])")
    classes, labels = got
    assert classes == ["7", "x", "a"], f"with characters 7, x, a, x the classes are {classes}; expected ['7', 'x', 'a']"
    assert_same(labels, np.array([2, 1, 2]), "label_images(images, ['a', 'x', 'a'], ['7', 'x', 'a', 'x']).labels")


@pytest.mark.exercise("6.4")
@given(st.lists(st.text("abcXYZ019é", min_size=1, max_size=2), min_size=1, max_size=12), st.permutations("abcXYZ019é"))
def test_each_label_leads_back_to_its_name(box, names, characters):
    """For random names, classes[label] is the name of each image, with and without characters."""
    singles = [name[0] for name in names]

    def act(dataset_creator):
        free = dataset_creator.label_images(numbered(len(names)), names)
        given = dataset_creator.label_images(numbered(len(names)), singles, characters)
        return [(list(samples.classes), samples.labels.tolist()) for samples in (free, given)]

    for (classes, labels), wanted, order in zip(box(act), (names, singles), (sorted({*names}), [*characters]), strict=True):
        assert classes == order, f"for names {wanted} the classes are {classes}; expected {order}"
        back = [classes[label] for label in labels]
        assert back == wanted, f"the labels {labels} lead to {back}; the names were {wanted}"
