"""Labels and pictures of data sets that nobody can know beforehand."""

import numpy as np
import pytest
import torch
from PIL import Image

from grading.runtime.messages import assert_same, side_by_side

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äß中 "


def integer(draw, low, high):
    """One of low … high."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def words(draw, count, longest):
    """Texts of up to so many characters, each another one."""
    found = set()
    while len(found) < count:
        places = torch.randint(len(LETTERS), (integer(draw, 1, longest),), generator=draw)
        found.add("".join(LETTERS[place] for place in places))
    return sorted(found)


# --- 1.5 class_indices ----------------------------------------------------------------------------------------------------


def assert_indices(got, values, what):
    """The labels and the classes that numpy and Python's own order give."""
    labels, classes = got
    expected = sorted(set(values))
    assert list(classes) == [str(value) for value in expected], (
        f"class_indices({what}) gave {len(classes)} classes, {classes[:5]} …; expected {len(expected)}, {expected[:5]} … as text"
    )
    assert_same(labels, np.searchsorted(np.array(expected), np.array(values)), f"class_indices({what})[0]")


@pytest.mark.exercise("1.5")
def test_any_numbers_become_labels(box, draw):
    """Whole numbers of any length, in any order, below 0 too."""
    sets = []
    for _ in range(4):
        reach = 10 ** integer(draw, 1, 4)
        sets.append(torch.randint(-reach, reach, (integer(draw, 20, 400),), generator=draw).tolist())

    def act(sources):
        return [sources.class_indices(values) for values in sets]

    for got, values in zip(box(act), sets, strict=True):
        assert_indices(got, values, f"{len(values)} numbers")
        kind = getattr(got[0], "dtype", type(got[0]).__name__)  # asked once: it shall not cost the other tests as well
        assert kind == torch.int64, f"class_indices({len(values)} numbers) gave labels of {kind}; expected torch.int64"


@pytest.mark.exercise("1.5")
def test_any_numbers_that_are_text_become_labels(box, draw):
    """Digits as text are text, some with a 0 in front: in the order of the alphabet, none the same as another."""
    sets = []
    for _ in range(4):
        digits = torch.randint(10, (integer(draw, 20, 100), 3), generator=draw).tolist()
        sets.append(["".join(map(str, row))[: integer(draw, 1, 3)] for row in digits])

    def act(sources):
        return [sources.class_indices(values) for values in sets]

    for got, values in zip(box(act), sets, strict=True):
        assert_indices(got, values, f"{len(values)} texts of digits")


@pytest.mark.exercise("1.5")
def test_any_words_become_labels(box, draw):
    """Texts of any kind, many of them more than once."""
    sets = []
    for _ in range(4):
        vocabulary = words(draw, integer(draw, 5, 60), integer(draw, 2, 5))
        sets.append([vocabulary[place] for place in torch.randint(len(vocabulary), (integer(draw, 20, 300),), generator=draw)])

    def act(sources):
        return [sources.class_indices(values) for values in sets]

    for got, values in zip(box(act), sets, strict=True):
        assert_indices(got, values, f"{len(values)} words")


# --- 1.6 from_dataset -----------------------------------------------------------------------------------------------------


def dataset_of(pictures, labels, names, writers):
    """A data set as the hub has them, from arrays: (H, W) grey or (H, W, 3) colour, uint8."""
    import datasets

    columns = {"image": [Image.fromarray(picture) for picture in pictures], "label": labels}
    features = {"image": datasets.Image(), "label": datasets.ClassLabel(names=names)}
    if writers is not None:
        columns["writer"], features["writer"] = writers, datasets.Value("int64")
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def picture_on(draw, light, coloured, size):
    """Much ink in a frame of paper, (H, W) or (H, W, 3): by its mean alone, it is the opposite of what it is."""
    height, width = (max(4, size + integer(draw, -size // 4, size)) for _ in range(2))
    shape = (height, width, 3) if coloured else (height, width)
    picture = torch.randint(0, 50, shape, generator=draw)
    frame = integer(draw, 1, max(1, min(height, width) // 8))
    inner = picture[frame : height - frame, frame : width - frame]
    inner += torch.randint(130, 205, inner.shape, generator=draw)
    gap = integer(draw, frame, height - frame - 1)
    picture[gap, frame : width - frame] = integer(draw, 0, 40)  # so that it has no axis of symmetry
    return (255 - picture if light else picture).to(torch.uint8).numpy()


@pytest.mark.exercise("1.6")
@pytest.mark.parametrize("light", [False, True], ids=["dark paper", "light paper"])
def test_any_data_set_becomes_samples(box, draw, reference, light):
    """Pictures of any size and number, grey or in colour, upright or lying, on dark or light paper, with some odd ones."""
    sets = []
    for colour, transposed in ((False, False), (False, True), (True, False), (True, True)):
        count, size = integer(draw, 5, 8), 2 * integer(draw, 5, 14) + integer(draw, 0, 1)
        odd = set(torch.randperm(count, generator=draw)[: integer(draw, 1, (count - 1) // 2)].tolist())
        pictures = [picture_on(draw, light != (number in odd), colour or integer(draw, 0, 1), size) for number in range(count)]
        names = words(draw, integer(draw, 2, 6), 3)
        names = [names[place] for place in torch.randperm(len(names), generator=draw)]
        labels = torch.randint(len(names), (count,), generator=draw).tolist()
        writers = torch.randint(1000, (count,), generator=draw).tolist() if integer(draw, 0, 2) or transposed else None
        sets.append(((pictures, labels, names, writers), {"image_size": size, "transposed": transposed, "colour": colour}))

    def act(sources):
        found = []
        for content, options in sets:
            dataset = dataset_of(*content)
            if options["colour"]:  # columns may have any names
                dataset = dataset.rename_columns({"image": "scan", "label": "written"})
            samples = sources.from_dataset(dataset, **options)
            found.append((samples.images, samples.labels, samples.classes, samples.writers))
        return found

    for (images, labels, classes, writers), ((pictures, *rest), options) in zip(box(act), sets, strict=True):
        expected = reference.sources.from_dataset(dataset_of(pictures, *rest), **options)
        call = f"from_dataset({len(pictures)} pictures, {', '.join(f'{name}={value}' for name, value in options.items())})"
        assert images.shape == expected.images.shape, (
            f"{call}.images has shape {tuple(images.shape)}; expected {tuple(expected.images.shape)}"
        )
        difference = (images.long() - expected.images.long()).abs().flatten(1).amax(dim=1)  # 1 may be rounding
        worst = int(difference.argmax())
        assert difference.max() <= 1, (
            f"{call}.images: picture {worst} differs by {int(difference.max())} of 255\n\n"
            + side_by_side({"yours": images[worst], "expected": expected.images[worst]})
        )
        assert_same(labels, rest[0], f"{call}.labels")
        assert list(classes) == rest[1], f"{call}.classes is {classes}; expected {rest[1]}"
        assert (writers is None) == (rest[2] is None), f"{call}.writers is {writers}; expected {rest[2]}"
        if writers is not None:
            assert_same(writers, rest[2], f"{call}.writers")
