"""Step 1, `sources.py`: labels and pictures of any data set -> Samples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grading.runtime.messages import assert_same
from handwriting_workshop.embedded import embedded_mnist

DIGITS = embedded_mnist().images[::125, 0, 2:30, 2:30].numpy()
"""40 real digits as they are published: (40, 28, 28) uint8, ink bright on dark."""


# --- 1.5 class_indices ----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("1.5")
def test_labels_are_one_whole_number_per_value(box):
    """4 values give int64 labels of shape (4,), and a tuple of classes."""

    def act(sources):
        labels, classes = sources.class_indices(["b", "a", "b", "b"])
        return labels, classes

    labels, classes = box(act)
    assert isinstance(labels, torch.Tensor), (
        f"class_indices(['b', 'a', 'b', 'b']) gave labels {labels!r}, a {type(labels).__name__}; "
        "expected a tensor and a tuple, in this order"
    )
    found = (tuple(labels.shape), labels.dtype)
    assert found == ((4,), torch.int64), (
        f"class_indices(['b', 'a', 'b', 'b']) gave labels of {found[1]}, shape {found[0]}; expected torch.int64, shape (4,)"
    )
    assert isinstance(classes, tuple), (
        f"class_indices(['b', 'a', 'b', 'b']) gave the classes {classes!r}, a {type(classes).__name__}; "
        "expected ('a', 'b'), a tuple, which cannot change later: tuple(…)"
    )


@pytest.mark.exercise("1.5")
def test_labels_are_places_in_the_list_of_classes(box):
    """[7, 10, 7, 2] are the classes 2, 7, 10, in this order, and the labels 1, 2, 1, 0."""

    def act(sources):
        labels, classes = sources.class_indices([7, 10, 7, 2])
        return labels, classes

    labels, classes = box(act)
    assert tuple(classes) == ("2", "7", "10"), (
        f"class_indices([7, 10, 7, 2]) gave the classes {classes}; expected ('2', '7', '10'): numbers in order, then as text"
    )
    assert_same(labels, torch.tensor([1, 2, 1, 0]), "class_indices([7, 10, 7, 2])[0]")


@pytest.mark.exercise("1.5")
def test_words_are_classes_in_the_order_of_the_alphabet(box):
    """["no", "yes", "maybe", "no"] are the classes maybe, no, yes."""

    def act(sources):
        labels, classes = sources.class_indices(["no", "yes", "maybe", "no"])
        return labels, classes

    labels, classes = box(act)
    assert tuple(classes) == ("maybe", "no", "yes"), f"class_indices gave the classes {classes}; expected ('maybe', 'no', 'yes')"
    assert_same(labels, torch.tensor([1, 2, 0, 1]), "class_indices(['no', 'yes', 'maybe', 'no'])[0]")


@pytest.mark.exercise("1.5")
def test_capital_letters_are_classes_of_their_own_and_come_first(box):
    """["b", "B", "a"] are the classes B, a, b: Python's own order of texts."""

    def act(sources):
        labels, classes = sources.class_indices(["b", "B", "a"])
        return labels, classes

    labels, classes = box(act)
    call = "class_indices(['b', 'B', 'a'])"
    assert tuple(classes) == ("B", "a", "b"), f"{call} gave the classes {classes}; expected ('B', 'a', 'b'), as sorted() has them"
    assert_same(labels, torch.tensor([2, 0, 1]), f"{call}[0]")


@pytest.mark.exercise("1.5")
def test_numbers_that_are_text_stay_text(box):
    """["7", "10", "07", "7"] are three texts, in the order of the alphabet: 07, 10, 7."""

    def act(sources):
        labels, classes = sources.class_indices(["7", "10", "07", "7"])
        return labels, classes

    labels, classes = box(act)
    call = "class_indices(['7', '10', '07', '7'])"
    assert tuple(classes) == ("07", "10", "7"), f"{call} gave the classes {classes}; expected ('07', '10', '7'): text as text"
    assert_same(labels, torch.tensor([2, 1, 0, 2]), f"{call}[0]")


@pytest.mark.exercise("1.5")
def test_many_labels_are_those_that_numpy_finds(box):
    """2,000 numbers between -500 and 500, against numpy.unique."""
    values = np.random.default_rng(0).integers(-500, 500, 2000)
    given_values = values.tolist()

    def act(sources):
        labels, classes = sources.class_indices(given_values)
        return labels, classes

    labels, classes = box(act)
    numbers, expected = np.unique(values, return_inverse=True)
    names = tuple(str(number) for number in numbers)
    assert tuple(classes) == names, (
        f"class_indices(2,000 numbers)[1]\n  gave      {len(classes)} classes: {_shown(classes)}\n"
        f"  expected  {len(names)} classes: {_shown(names)}, numbers in order, then as text"
    )
    assert_same(labels, expected, "class_indices(2,000 numbers)[0]")


def _shown(names):
    """The first five, as one would type them: text in quotes."""
    return f"({', '.join(map(repr, names[:5]))}, …)"


@pytest.mark.exercise("1.5")
@given(values=st.lists(st.text("abcäß中 ", max_size=3), min_size=1, max_size=12))
def test_every_label_leads_back_to_its_value(box, values):
    """classes[label] is the value that the row had, and no class is listed twice.

    Whatever texts there are.
    """

    def act(sources):
        labels, classes = sources.class_indices(values)
        return labels, classes

    labels, classes = box(act)
    back = [classes[label] for label in labels.tolist()]
    assert back == values, f"class_indices({values}) leads back to {back}"
    assert sorted(set(values)) == list(classes), (
        f"class_indices({values}) has the classes {classes}; expected {sorted(set(values))}"
    )


# --- 1.6 from_dataset -----------------------------------------------------------------------------------------------------


def dataset_of(pictures, labels, names, writers=None):
    """A data set as the hub has them, from arrays: (H, W) grey or (H, W, 3) colour, uint8."""
    import datasets

    columns = {"image": [Image.fromarray(picture) for picture in pictures], "label": labels}
    features = {"image": datasets.Image(), "label": datasets.ClassLabel(names=names)}
    if writers is not None:
        columns["writer"], features["writer"] = writers, datasets.Value("int64")
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def letter_l(paper=0, ink=255):
    """A tiny picture, 6×6: an L, one pixel away from the edge."""
    picture = np.full((6, 6), paper, dtype=np.uint8)
    picture[1:5, 1] = ink
    picture[4, 1:4] = ink
    return picture


FRAMED = np.pad(letter_l(), 1)[None, None]
"""What becomes of it at 8×8: a margin of 1."""


@pytest.mark.exercise("1.6")
def test_pictures_of_all_sizes_become_grey_frames_of_one_size(box):
    """28×28, 64×32 and 90×50 in colour come out as 3 pictures of 1×32×32, uint8.

    Each has its ink.
    """
    pictures = [np.zeros(shape, dtype=np.uint8) for shape in ((28, 28), (64, 32), (90, 50, 3))]
    for picture in pictures:
        picture[8:24, 10:20] = 255

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [0, 1, 0], ["a", "b"])).images

    images = box(act)
    found = (tuple(images.shape), images.dtype)
    assert found == ((3, 1, 32, 32), torch.uint8), (
        f"from_dataset(28×28, 64×32 and 90×50 pixels).images is {found[1]} of shape {found[0]}; "
        "expected torch.uint8 of shape (3, 1, 32, 32)"
    )
    strongest = images.flatten(1).amax(dim=1).tolist()
    assert min(strongest) > 150, f"the strongest ink of the three pictures is {strongest}; expected more than 150 in each"


@pytest.mark.exercise("1.6")
def test_columns_may_have_any_names(box):
    """A column `scan` with the pictures, `page` and `written`, named as the one with the labels."""
    pictures, pages = [letter_l(), letter_l()], [5, 6]

    def act(sources):
        dataset = dataset_of(pictures, [1, 0], ["I", "L"]).rename_columns({"image": "scan", "label": "written"})
        samples = sources.from_dataset(dataset.add_column("page", pages), image_size=8, label_column="written")
        return samples.images, samples.labels

    images, labels = box(act)
    call = "from_dataset(…, label_column='written')"
    assert_same(images, np.concatenate([FRAMED, FRAMED]), f"{call}.images", tolerance=0)
    assert_same(labels, torch.tensor([1, 0]), f"{call}.labels")


@pytest.mark.exercise("1.6")
def test_ink_that_is_bright_on_dark_stays_as_it_is(box):
    """A bright L of 6×6 gets a dark margin of 1 at image_size=8; no pixel of it changes."""
    pictures = [letter_l()]

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [0], ["L"]), image_size=8).images

    assert_same(box(act), FRAMED, "from_dataset(one bright L on dark, image_size=8).images", tolerance=0, picture=True)


@pytest.mark.exercise("1.6")
def test_dark_ink_on_light_paper_is_turned_round(box):
    """A dark L on light paper gives the same picture as a bright L on dark.

    Its margin is paper, not ink.
    """
    pictures = [letter_l(paper=255, ink=0)]

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [0], ["L"]), image_size=8).images

    assert_same(box(act), FRAMED, "from_dataset(one dark L on light, image_size=8).images", tolerance=0, picture=True)


@pytest.mark.exercise("1.6")
@pytest.mark.parametrize(("paper", "ink"), [(0, 255), (255, 0)], ids=["bright on dark", "dark on light"])
def test_polarity_is_decided_once_by_the_majority(box, paper, ink):
    """Beside two L's, a picture that is full of ink is not turned round alone, and does not decide for them.

    Its edge only looks like paper.
    """
    full = np.full((6, 6), ink, dtype=np.uint8)
    pictures = [full, letter_l(paper, ink), letter_l(paper, ink)]

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [1, 0, 0], ["L", "block"]), image_size=8).images

    expected = np.concatenate([np.pad(np.full_like(letter_l(), 255), 1)[None, None], FRAMED, FRAMED])
    images = box(act)
    for number, name in enumerate(("the picture full of ink", "the first L", "the second L")):
        assert_same(
            images[number],
            expected[number],
            f"from_dataset(a full picture, an L, an L).images: {name}",
            tolerance=0,
            picture=True,
        )


@pytest.mark.exercise("1.6")
def test_half_of_the_pictures_are_no_majority(box):
    """One of two pictures has bright edges: that is not more than half, so nothing is turned round."""
    pictures = [letter_l(), np.full((6, 6), 255, dtype=np.uint8)]

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [0, 1], ["L", "block"]), image_size=8).images

    expected = np.concatenate([FRAMED, np.pad(pictures[1], 1)[None, None]])
    images, call = box(act), "from_dataset(an L, a full picture).images"
    for number, name in enumerate(("the L", "the picture full of ink")):
        assert_same(images[number], expected[number], f"{call}: {name}", tolerance=0, picture=True)


@pytest.mark.exercise("1.6")
def test_much_ink_is_no_paper(box):
    """A bold block of 8×8 on 10×10 is not turned round: its edges are dark.

    It is ink for its larger part, but only edges tell what is paper.
    """
    bold = np.pad(np.full((8, 8), 255, dtype=np.uint8), 1)

    def act(sources):
        return sources.from_dataset(dataset_of([bold], [0], ["block"]), image_size=12).images

    expected = np.pad(bold, 1)[None, None]
    assert_same(box(act), expected, "from_dataset(one bold block, image_size=12).images", tolerance=0, picture=True)


@pytest.mark.exercise("1.6")
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_real_digits_keep_every_pixel(box, dark_on_light):
    """40 digits of MNIST get a margin of 2, and nothing else changes.

    As published, or dark on light; compared with numpy.
    """
    order = np.random.default_rng(3).permutation(len(DIGITS))
    pictures = [255 - picture if dark_on_light else picture for picture in DIGITS[order]]
    labels = [int(place) * 125 // 500 for place in order]

    def act(sources):
        samples = sources.from_dataset(dataset_of(pictures, labels, list("0123456789")))
        return samples.images, samples.labels

    images, found = box(act)
    expected = np.stack([np.pad(picture, 2) for picture in DIGITS[order]])[:, None]
    assert_same(images, expected, "from_dataset(40 digits).images", tolerance=0, picture=True)
    assert_same(found, torch.tensor(labels), "from_dataset(40 digits).labels")


@pytest.mark.exercise("1.6")
def test_transposed_pictures_are_put_upright(box):
    """With transposed=True, an L with rows and columns swapped comes out as an L.

    EMNIST's files lie so.
    """
    pictures = [letter_l().T.copy()]

    def act(sources):
        return sources.from_dataset(dataset_of(pictures, [0], ["L"]), image_size=8, transposed=True).images

    assert_same(box(act), FRAMED, "from_dataset(one lying L, transposed=True).images", tolerance=0, picture=True)


@pytest.mark.exercise("1.6")
def test_colour_is_kept_where_it_is_asked_for(box):
    """With colour=True, a red L on white has three channels, and becomes cyan on black.

    Light and dark are turned round in each channel.
    """
    picture = np.full((6, 6, 3), 255, dtype=np.uint8)
    picture[letter_l() == 255] = (255, 0, 0)

    def act(sources):
        return sources.from_dataset(dataset_of([picture], [0], ["L"]), image_size=8, colour=True).images

    expected = np.concatenate([np.zeros_like(FRAMED), FRAMED, FRAMED], axis=1)
    images = box(act)
    assert images.shape == (1, 3, 8, 8), (
        f"from_dataset(…, colour=True).images has shape {tuple(images.shape)}; expected (1, 3, 8, 8)"
    )
    for channel, name in enumerate(("red", "green", "blue")):
        assert_same(
            images[0, channel], expected[0, channel], f"the channel {name} of a red L on white", tolerance=0, picture=True
        )


@pytest.mark.exercise("1.6")
def test_labels_classes_and_writers_come_along(box):
    """Labels as int64, the data set's own class names in its own order, and who wrote what."""
    pictures = [letter_l()] * 4

    def act(sources):
        samples = sources.from_dataset(dataset_of(pictures, [2, 0, 2, 1], ["L", "Z", "A"], writers=[5, 5, 3, 4]))
        return samples.labels, samples.classes, samples.writers

    labels, classes, writers = box(act)
    assert labels.dtype == torch.int64, f"from_dataset(…).labels is {labels.dtype}; expected torch.int64"
    assert_same(labels, torch.tensor([2, 0, 2, 1]), "from_dataset(…).labels")
    assert tuple(classes) == ("L", "Z", "A"), f"from_dataset(…).classes is {classes}; expected ('L', 'Z', 'A')"
    assert_same(writers, torch.tensor([5, 5, 3, 4]), "from_dataset(…).writers")


@pytest.mark.exercise("1.6")
def test_writers_are_none_where_they_are_no_numbers(box):
    """A column `writer` of names gives writers = None."""
    pictures = [letter_l(), letter_l()]

    def act(sources):
        dataset = dataset_of(pictures, [0, 0], ["L"]).add_column("writer", ["Ann", "Bob"])
        return sources.from_dataset(dataset, image_size=8).writers

    writers = box(act)
    assert writers is None, f"from_dataset(a data set with writers 'Ann' and 'Bob').writers is {writers}; expected None"


@pytest.mark.exercise("1.6")
def test_writers_are_none_where_nobody_knows(box):
    """A data set without a column `writer` gives writers = None."""

    def act(sources):
        return sources.from_dataset(dataset_of([letter_l()], [0], ["L"])).writers

    writers = box(act)
    assert writers is None, f"from_dataset(a data set without writers).writers is {writers}; expected None"
