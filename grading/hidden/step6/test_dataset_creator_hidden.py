"""Pictures that nobody can know beforehand, from grey levels to labelled samples."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from grading.runtime.messages import assert_same

FINER = 3
"""As in the module."""


def whole(draw, low, high):
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def share(draw, low=0.0, high=1.0):
    """A number between `low` and `high`."""
    return low + (high - low) * float(torch.rand((), generator=draw))


# --- 6.1 find_ink ---------------------------------------------------------------------------------------------------------


def picture_of(draw, sign):
    """A picture with grain, a stroke, a speck or two that are stronger, and a larger, fainter reflection of the other direction.

    `sign` is -1 for dark ink and 1 for light ink. No pixel is just at the limit of grain, where rounding would decide.
    """
    height, width = whole(draw, 24, 64), whole(draw, 36, 64)
    paper, strength = whole(draw, 100, 155), whole(draw, 50, 80)
    levels = torch.randint(-2, 3, (height, width), generator=draw)
    reflection = whole(draw, 12, int(0.7 * strength))
    levels[3:-3, width // 2 : -3] = -sign * reflection  # more pixels than the stroke has
    levels[[0, -1]] = levels[:, [0, -1]] = 0  # so that `paper` is the level of the paper
    y, x = whole(draw, 3, 6), whole(draw, 3, 6)
    stroke = torch.randint(2, strength + 1, (height - 10, 9), generator=draw)
    stroke[:, 3:5] = strength
    levels[y : y + height - 10, x : x + 9] = sign * stroke
    longer = max(height, width)
    for row in torch.randperm(height - 6, generator=draw)[: min(2, longer // 6 - 1)].tolist():
        levels[3 + row, width // 2 - 1] = sign * whole(draw, strength + 10, 99)
    signed = sign * levels
    strongest = int(signed.flatten().topk(longer // 6).values[-1])
    levels[5 * signed == strongest] = 0
    return (paper + levels).to(torch.uint8)


@pytest.mark.exercise("6.1")
def test_ink_of_any_picture(box, draw, reference):
    """Random pictures with dark and light ink, grain, specks and reflections, on paper of middle brightness."""
    pictures = [picture_of(draw, sign) for sign in (-1, 1) * 5]

    def act(dataset_creator):
        return [dataset_creator.find_ink(picture.clone()) for picture in pictures]

    for picture, got in zip(pictures, box(act), strict=True):
        assert_same(got, reference.dataset_creator.find_ink(picture), "find_ink(picture)", tolerance=1e-4, picture=True)


@pytest.mark.exercise("6.1")
def test_difference_from_any_paper(box, draw, reference):
    """Random pictures, dark ones and light ones: by how many levels each pixel differs from the paper, in the ink's direction."""
    pictures = [picture_of(draw, sign) for sign in (1, -1) * 5]
    pictures += [picture - picture.min() if at % 2 else 255 - (picture - picture.min()) for at, picture in enumerate(pictures)]

    def act(dataset_creator):
        return [dataset_creator.difference_from_paper(picture.clone()) for picture in pictures]

    for picture, got in zip(pictures, box(act), strict=True):
        expected = reference.dataset_creator.difference_from_paper(picture)
        assert_same(got, expected, "difference_from_paper(picture)", tolerance=1e-4, picture=True)


# --- 6.2 crop_to_ink ------------------------------------------------------------------------------------------------------


def page_of(draw):
    """A page with a ring, pieces around it that are kept though pale, and dust outside, inside and of nearly their size."""
    side, hole = 5 * whole(draw, 4, 6), 5
    ink = torch.zeros(side + whole(draw, 100, 140), side + whole(draw, 100, 140))
    height, width = ink.shape
    y, x = whole(draw, 30, height - side - 30), whole(draw, 30, width - side - 30)
    ink[y : y + side, x : x + side] = 0.03 + 0.2 * torch.rand(side, side, generator=draw)
    ink[y + hole : y + side - hole, x + hole : x + side - hole] = 0
    middle = (y + side // 2, x + side // 2)
    ink[middle] = 1  # dust in the ring: 1 pixel beside 100 or more
    least = (side**2 - (side - 2 * hole) ** 2) // 100  # pixels that a piece needs: just a hundredth
    # pieces of just enough pixels, above and left, and of just too few, which reach further
    ink[y - whole(draw, 3, 9), x : x + least] = 0.05 + 0.3 * torch.rand(least, generator=draw)
    ink[y : y + 1 + least, x - whole(draw, 3, 9)] = 0.05 + 0.3 * torch.rand(1 + least, generator=draw)
    ink[y - whole(draw, 15, 25), x : x + least - 1] = 1
    ink[y + side + whole(draw, 3, 25), x : x + least - 1] = 1
    for at in range(2, whole(draw, 6, 20), 2):  # a diagonal row of pixels below: one piece
        ink[y + side + at // 2, x + side + at // 2] = 0.5
    return ink


def page_with_specks(draw, specks):
    """A page with some large rectangles, and with or without single pixels around them, each too few to be kept."""
    page = torch.zeros(whole(draw, 60, 110), whole(draw, 60, 110))
    height, width = page.shape
    y, x = whole(draw, 3, height - 30), whole(draw, 3, width - 30)
    page[y : y + whole(draw, 15, 25), x : x + whole(draw, 15, 25)] = 1
    for _ in range(2):
        y, x = whole(draw, 2, height - 15), whole(draw, 2, width - 15)
        page[y : y + whole(draw, 5, 12), x : x + whole(draw, 5, 12)] = 1
    if specks:
        page[[0, -1], [whole(draw, 0, width - 1), whole(draw, 0, width - 1)]] = 1
        page[[whole(draw, 0, height - 1), whole(draw, 0, height - 1)], [0, -1]] = 1
    return page * (0.05 + 0.95 * torch.rand(page.shape, generator=draw))


def scattered_page(draw):
    """A page with specks and rectangles anywhere."""
    page = (torch.rand(whole(draw, 50, 90), whole(draw, 50, 90), generator=draw) < 0.02).float()
    for _ in range(5):
        y, x = whole(draw, 0, 40), whole(draw, 0, 40)
        page[y : y + whole(draw, 1, 20), x : x + whole(draw, 1, 20)] = 1
    return page * (0.05 + 0.95 * torch.rand(page.shape, generator=draw))


@pytest.mark.exercise("6.2")
@pytest.mark.parametrize("kind", ["no dust", "specks", "just enough or too few pixels"])
def test_any_page_is_cropped(box, draw, reference, kind):
    """Random pages with large and small pieces, pale and dark ones, and dust around and between them."""
    if kind == "just enough or too few pixels":
        pages = [page_of(draw) for _ in range(6)] + [scattered_page(draw) for _ in range(4)]
    else:
        pages = [page_with_specks(draw, kind == "specks") for _ in range(8)]

    def act(dataset_creator):
        return [dataset_creator.crop_to_ink(page.clone()) for page in pages]

    for page, got in zip(pages, box(act), strict=True):
        assert_same(got, reference.dataset_creator.crop_to_ink(page), "crop_to_ink(ink)", picture=True)


# --- 6.3 normalize_ink ----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("6.3")
def test_any_finer_image_is_averaged_and_stretched(box, draw):
    """Whatever `normalize` gives, of any size, blank or not: the mean of each square, in levels of the strongest."""
    cases = []
    for at in range(8):
        image_size = whole(draw, 3, 20)
        finer = torch.rand(1, 1, FINER * image_size, FINER * image_size, generator=draw) ** whole(draw, 1, 3)
        ink = torch.rand(whole(draw, 2, 60), whole(draw, 2, 60), generator=draw)
        cases.append((ink, image_size, finer * (0.0 if at == 0 else share(draw, 0.1, 0.9))))

    def act(dataset_creator):
        return [dataset_creator.normalize_ink(ink, image_size, lambda *_, finer=finer: finer) for ink, image_size, finer in cases]

    for (_, image_size, finer), got in zip(cases, box(act), strict=True):
        call = f"normalize_ink(ink, {image_size}, normalize)"
        kind = getattr(got, "dtype", type(got).__name__)
        assert kind == torch.uint8, f"{call} gave numbers of kind {kind}, expected torch.uint8"
        means = finer[0].double().numpy().reshape(1, image_size, FINER, image_size, FINER).mean(axis=(2, 4))
        levels = means / max(means.max(), 1e-6) * 255
        assert tuple(got.shape) == levels.shape, f"{call} gave the shape {tuple(got.shape)}, expected {levels.shape}"
        worst = float(np.abs(got.numpy() - levels).max())
        assert worst <= 0.51, f"a pixel of {call} is {worst:.2f} levels off; rounding explains 0.5"


def seen_by_normalize(dataset_creator, ink, image_size):
    """What `normalize_ink` shows to its `normalize`, and the size that it asks for."""
    seen = []

    def normalize(images, side):
        seen.extend([images.clone(), side])
        return torch.ones(1, 1, side, side)

    dataset_creator.normalize_ink(ink, image_size, normalize)
    return seen


@pytest.mark.exercise("6.3")
def test_ink_that_is_small_enough_is_seen_as_it_is(box, draw):
    """Random ink whose longer side is not too long: unchanged, in a margin of paper on all sides."""
    cases = []
    for at in range(6):
        image_size = whole(draw, 8, 24)
        sides = [2 * image_size if at == 0 else whole(draw, 3, 2 * image_size), whole(draw, 3, 2 * image_size)]
        cases.append((torch.rand(*sides, generator=draw), image_size))

    def act(dataset_creator):
        return [seen_by_normalize(dataset_creator, ink, image_size) for ink, image_size in cases]

    for (ink, image_size), (images, side) in zip(cases, box(act), strict=True):
        call = f"normalize, for ink of {tuple(ink.shape)} and image_size {image_size},"
        assert side == FINER * image_size, f"{call} was asked for {side} pixels; expected {FINER * image_size}"
        expected = np.pad(ink.numpy(), image_size)[None, None]
        assert_same(images, expected, f"what {call} got", tolerance=1e-4, picture=True)


def long_side(draw, image_size):
    """Sides of ink of which the longer one is too long, and no half pixels arise when it is made smaller."""
    while True:
        longer, other = whole(draw, 5 * image_size, 12 * image_size), whole(draw, image_size, 5 * image_size)
        exact = other * 2 * image_size / longer
        if abs(exact % 1 - 0.5) > 0.1 and exact > 8:
            return longer, other, round(exact)


@pytest.mark.exercise("6.3")
def test_ink_that_is_too_large_is_averaged(box, draw):
    """Random large ink, upright and lying: made smaller in proportion, smooth parts as they were, thin lines paler, not lost."""
    cases = []
    for at in range(4):
        image_size = whole(draw, 14, 24)
        longer, other, smaller_other = long_side(draw, image_size)
        lines = (longer * (0.2 + 0.6 * torch.rand(12, generator=draw))).long().sort().values.tolist()
        smooth = F.interpolate(torch.rand(1, 1, 3, 2, generator=draw), size=(longer, other), mode="bicubic").clamp(0, 1)[0, 0]
        cases.append((at % 2 == 1, image_size, smooth, lines, smaller_other))
    given = [case[:4] for case in cases]

    def act(dataset_creator):
        results = []
        for lies, image_size, smooth, lines, *_ in given:
            inks = [smooth]
            for line in lines:
                ink = torch.zeros_like(smooth)
                ink[line] = 1
                inks.append(ink)
            inks = [ink.T.contiguous() if lies else ink for ink in inks]
            results.append([seen_by_normalize(dataset_creator, ink, image_size)[0] for ink in inks])
        return results

    for (lies, image_size, smooth, lines, smaller_other), (seen_smooth, *seen_lines) in zip(cases, box(act), strict=True):
        call = f"what normalize got, for ink of {tuple(smooth.T.shape if lies else smooth.shape)} and image_size {image_size},"
        size = (2 * image_size, smaller_other)
        shape = (1, 1, *(side + 2 * image_size for side in (size[::-1] if lies else size)))
        for seen in (seen_smooth, *seen_lines):
            assert tuple(seen.shape) == shape, f"{call} has the shape {tuple(seen.shape)}, expected {shape}"
        inner = slice(image_size, -image_size)
        seen_smooth, *seen_lines = (
            seen[0, 0, inner, inner].T if lies else seen[0, 0, inner, inner] for seen in (seen_smooth, *seen_lines)
        )
        expected = F.adaptive_avg_pool2d(smooth[None], size)[0]
        assert_same(seen_smooth, expected, call, tolerance=0.06, picture=True)
        wanted = 2 * image_size / len(smooth)
        for line, seen in zip(lines, seen_lines, strict=True):
            left = float(seen[:, 3:-3].sum(dim=0).mean())
            assert 0.5 * wanted < left < 2.1 * wanted, (
                f"{call} has {left:.3f} of line {line} of {len(smooth)}, expected {wanted:.3f}"
            )


@pytest.mark.exercise("6.3")
def test_ink_of_any_proportions_keeps_them(box, draw):
    """Blots of random sides, also long dashes: the longer side becomes what it should, the other in proportion, and never 0."""
    cases = []
    for at in range(12):
        image_size = whole(draw, 8, 24)
        longer, other, smaller_other = long_side(draw, image_size)
        if at % 3 == 0:  # a dash
            longer, other, smaller_other = 5 * image_size + whole(draw, 0, 200), whole(draw, 1, 2), 1
            other = 1 if other * 2 * image_size / longer > 0.4 else other
        sides, smaller = (longer, other), (2 * image_size, smaller_other)
        cases.append((sides, smaller, image_size) if at % 2 else (sides[::-1], smaller[::-1], image_size))
    given = [(sides, image_size) for sides, _, image_size in cases]

    def act(dataset_creator):
        return [seen_by_normalize(dataset_creator, torch.ones(sides), image_size)[0] for sides, image_size in given]

    for (sides, smaller, image_size), seen in zip(cases, box(act), strict=True):
        expected = np.pad(np.ones(smaller), image_size)[None, None]
        call = f"what normalize got, for ink of {sides[0]} × {sides[1]} and image_size {image_size},"
        assert_same(seen, expected, call, tolerance=1e-3, picture=True)


# --- 6.4 label_images -----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("6.4")
@pytest.mark.parametrize("given", [False, True], ids=["names alone", "characters given"])
def test_any_names_become_labels(box, draw, given):
    """Random images with random names, with and without a list of characters, some of them given twice, some never written."""
    letters = [chr(code) for code in (*range(48, 58), *range(65, 91), *range(97, 123), 228, 233, 945, 960)]
    cases = []
    for at in range(5):
        pool = [letters[place] for place in torch.randperm(len(letters), generator=draw)[: whole(draw, 4, 20)].tolist()]
        if at % 2:
            pool += [f"{first}{second}" for first, second in pairwise(pool)]
        count, shape = whole(draw, 10, 40), (whole(draw, 1, 3), whole(draw, 2, 6), whole(draw, 2, 6))
        names = [pool[place] for place in torch.randint(1, len(pool), (count,), generator=draw).tolist()]  # nobody wrote pool[0]
        images = torch.randint(0, 256, (count, *shape), generator=draw, dtype=torch.uint8)
        order = torch.randint(0, len(pool), (len(pool),), generator=draw).tolist()  # some of them early, and again later
        order += torch.randperm(len(pool), generator=draw).tolist()
        cases.append((images, names, [pool[place] for place in order] if given else None))

    def act(dataset_creator):
        results = []
        for images, names, characters in cases:
            samples = dataset_creator.label_images([*images], names, *([] if characters is None else [characters]))
            results.append((list(samples.classes), samples.labels, samples.images))
        return results

    for (images, names, characters), (classes, labels, got_images) in zip(cases, box(act), strict=True):
        call = f"label_images(images, {names}, {characters})"
        expected = sorted({*names}) if characters is None else list(dict.fromkeys(characters))
        assert classes == expected, f"{call} has the classes {classes}, expected {expected}"
        assert_same(labels, np.array([expected.index(name) for name in names]), f"{call}.labels")
        assert_same(got_images, images, f"{call}.images")
