"""Step 6: copies and doubtful labels are found, and different digits left in peace."""

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from handwriting_workshop import cleaning
from handwriting_workshop.cleaning import (
    DuplicateGroup,
    SuspiciousLabel,
    cross_validated_probabilities,
    find_near_duplicates,
    find_suspicious_labels,
    findings_table,
    remove_near_duplicates,
)
from handwriting_workshop.curation import balance_classes, merge_samples
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import load_samples
from tests.helpers import tiny


@pytest.fixture(scope="module")
def digits() -> Samples:
    """2,000 real digits, 200 of each."""
    return balance_classes(load_samples("mnist", image_size=28), 200)


# --- copies ---


def as_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Encoded and decoded."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def as_pixels(values: np.ndarray) -> np.ndarray:
    """Rounded and cut to 0…255."""
    return values.round().clip(0, 255).astype(np.uint8)


COPIES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "identical": lambda image, _: image,
    "JPEG of quality 75": lambda image, _: as_jpeg(image, 75),
    "JPEG of quality 50": lambda image, _: as_jpeg(image, 50),
    "shifted by a pixel": lambda image, random: np.roll(image, random.integers(-1, 2, size=2), axis=(0, 1)),
    "shifted by part of a pixel": lambda image, random: as_pixels(ndimage.shift(image * 1.0, random.uniform(-1, 1, 2), order=1)),
    "blurred": lambda image, _: as_pixels(ndimage.gaussian_filter(image * 1.0, 0.7)),
    "noisy": lambda image, random: as_pixels(image + random.normal(0, 10, image.shape)),
    "darker": lambda image, random: as_pixels(image * random.uniform(0.5, 1)),
    "brighter": lambda image, _: as_pixels(image * 1.2),
    "on grey": lambda image, _: as_pixels(image + 20.0),
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found(digits: Samples, kind: str) -> None:
    """Of 300 real digits and their copies, at least 95 % are found as pairs, and no group has anything else in it."""
    random = np.random.default_rng(0)
    originals = digits[torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))[:300]]
    copies = np.stack([COPIES[kind](image[0].numpy(), random) for image in originals.images])
    both = merge_samples([originals, Samples(torch.from_numpy(copies)[:, None], originals.labels, originals.classes)])
    found = [group.positions for group in find_near_duplicates(both)]
    right = {(at, at + 300) for at in range(300)} & set(found)
    assert len(right) >= 0.95 * 300
    assert len(found) == len(right)


def test_different_digits_are_no_copies() -> None:
    """Of 5,000 real digits, with 500 ones that look much alike, at most 0.1 % are taken for copies."""
    assert sum(len(group.positions) for group in find_near_duplicates(load_samples("mnist"))) <= 5


def test_copies_that_are_labelled_differently_are_told(digits: Samples) -> None:
    """One image as a 3 and as a 5, and a copy of each: a group of four with both classes, and one of each is left."""
    three = digits[digits.labels == 3][:1]
    both = Samples(three.images.expand(4, -1, -1, -1), torch.tensor([3, 5, 5, 3]), three.classes)
    (group,) = find_near_duplicates(both)
    assert (group.positions, group.classes) == ((0, 1, 2, 3), ("3", "5"))
    assert remove_near_duplicates(both).labels.tolist() == [3, 5]


def test_the_first_of_several_copies_is_left(digits: Samples) -> None:
    """20 digits three times over: the first 20 remain, and nothing is found any more."""
    thrice = digits[torch.arange(20).repeat(3)]
    assert [group.positions for group in find_near_duplicates(thrice)] == [(at, at + 20, at + 40) for at in range(20)]
    left = remove_near_duplicates(thrice)
    assert left.digest() == digits[:20].digest()
    assert find_near_duplicates(left) == []


def test_blank_images_are_copies_of_each_other_only(digits: Samples) -> None:
    """Two blank images form a group, without any digit."""
    blank = Samples(torch.zeros(2, 1, 28, 28, dtype=torch.uint8), torch.tensor([0, 0]), digits.classes)
    (group,) = find_near_duplicates(merge_samples([digits[:50], blank]))
    assert group.positions == (50, 51)


def test_thousands_of_equal_images_cost_no_table_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal images are put together before any pair is looked at: of 3,000 blank ones, one is hashed."""
    hashed, hashes = [], cleaning._hashes
    monkeypatch.setattr(cleaning, "_hashes", lambda aligned: hashed.append(len(aligned)) or hashes(aligned))
    samples = Samples(torch.zeros(3000, 1, 8, 8, dtype=torch.uint8), torch.zeros(3000).long(), ("a",))
    (group,) = find_near_duplicates(samples)
    assert group.positions == tuple(range(3000))
    assert hashed == [1]


def test_colour_images_are_compared_by_their_brightness(digits: Samples) -> None:
    """A digit in three equal channels, and a copy of it, are a pair."""
    images = digits.images[[5, 700, 5]].expand(-1, 3, -1, -1)
    (group,) = find_near_duplicates(Samples(images, torch.tensor([0, 0, 0]), ("a",)))
    assert group.positions == (0, 2)


def test_no_samples_have_no_copies() -> None:
    """Nothing is found, nothing removed."""
    assert find_near_duplicates(tiny([])) == []
    assert len(remove_near_duplicates(tiny([]))) == 0


# --- doubtful labels ---


def with_wrong_labels(samples: Samples, count: int, seed: int) -> tuple[Samples, set[int]]:
    """The samples with some labels replaced by another class, and the positions of these."""
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.randperm(len(samples), generator=generator)[:count]
    labels = samples.labels.clone()
    labels[wrong] = (labels[wrong] + torch.randint(1, 10, (count,), generator=generator)) % 10
    return Samples(samples.images, labels, samples.classes), set(wrong.tolist())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_wrong_labels_are_found(digits: Samples, seed: int) -> None:
    """Of 40 wrong labels among 2,000, at least 90 % are found, and at least 60 % of what is found is wrong."""
    samples, wrong = with_wrong_labels(digits, 40, seed)
    found = {suspicion.position for suspicion in find_suspicious_labels(samples)}
    assert len(found & wrong) >= 0.9 * len(wrong)
    assert len(found & wrong) >= 0.6 * len(found)


def test_the_likely_class_of_a_wrong_label_is_the_right_one(digits: Samples) -> None:
    """For at least 90 % of the wrong labels that are found, and both names and probabilities are told."""
    samples, wrong = with_wrong_labels(digits, 40, 0)
    found = [suspicion for suspicion in find_suspicious_labels(samples) if suspicion.position in wrong]
    right = [suspicion for suspicion in found if suspicion.likely == digits.classes[digits.labels[suspicion.position]]]
    assert len(right) >= 0.9 * len(found)
    for suspicion in found:
        assert suspicion.given == samples.classes[samples.labels[suspicion.position]] != suspicion.likely
        assert 0 <= suspicion.given_probability < suspicion.likely_probability <= 1


def test_the_most_doubtful_label_comes_first(digits: Samples) -> None:
    """In the order of the probability of the class that was given."""
    given_probabilities = [found.given_probability for found in find_suspicious_labels(with_wrong_labels(digits, 40, 0)[0])]
    assert given_probabilities == sorted(given_probabilities)


def test_suspicions_are_reproducible(digits: Samples) -> None:
    """The same samples give the same list."""
    samples, _ = with_wrong_labels(digits[::5], 8, 0)
    assert find_suspicious_labels(samples) == find_suspicious_labels(samples)


def test_probabilities_of_another_model_are_used() -> None:
    """A model that is sure that the fourth image is a b, not an a: that one is suspicious, and nothing else."""
    samples = tiny([0, 0, 0, 0, 1, 1, 1, 1])
    probabilities = torch.tensor([[0.97, 0.03, 0.0]] * 3 + [[0.02, 0.98, 0.0]] * 5)
    (found,) = find_suspicious_labels(samples, probabilities)
    assert (found.position, found.given, found.likely) == (3, "a", "b")
    assert (found.given_probability, found.likely_probability) == pytest.approx((0.02, 0.98))


def test_a_label_that_the_model_agrees_with_is_not_suspicious() -> None:
    """The model calls the last image a c, as it is labelled, though only with 28 %; the b that it takes for an a is named."""
    samples = tiny([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], "abcdefghij")
    probabilities = torch.full((11, 10), 0.0)
    for position, (label, share) in enumerate(zip(samples.labels.tolist(), [0.5] * 3 + [0.9] * 7 + [0.28], strict=True)):
        probabilities[position] = (1 - share) / 9
        probabilities[position, label] = share
    probabilities[6] = torch.tensor([0.6, 0.4] + [0.0] * 8)
    assert [(found.position, found.likely) for found in find_suspicious_labels(samples, probabilities)] == [(6, "a")]


def test_classes_without_images_are_never_likely(digits: Samples) -> None:
    """With 4s and 9s only, of ten classes, the likely class is one of them."""
    part = digits[(digits.labels == 4) | (digits.labels == 9)]
    labels = part.labels.clone()
    labels[[0, 1]] = 9
    found = find_suspicious_labels(Samples(part.images, labels, part.classes))
    assert {0, 1} <= {suspicion.position for suspicion in found}
    assert {suspicion.likely for suspicion in found} <= {"4", "9"}


@pytest.mark.parametrize("per_class", [3, 4])
def test_a_few_images_per_class_are_enough_to_try(digits: Samples, per_class: int) -> None:
    """With 3 or 4 images of each class the probabilities are still finite, and rows sum to 1."""
    probabilities = cross_validated_probabilities(balance_classes(digits, per_class))
    assert probabilities.shape == (10 * per_class, 10)
    assert probabilities.sum(dim=1).tolist() == pytest.approx([1] * (10 * per_class), abs=1e-4)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 0, 0], None, "comparing classes, and there are images of 1"),
        ([], None, "comparing classes, and there are images of 0"),
        ([0, 0, 0, 1, 1], None, r"class 'b' has 2 image\(s\), too few to judge"),
        ([0, 1], torch.eye(2), r"2 images of 3 classes need probabilities of shape \(2, 3\), got \(2, 2\)"),
        ([0, 1], torch.ones(2, 3), "must sum to 1; give softmax outputs, not logits"),
        ([0, 1], torch.full((2, 3), torch.nan), "must sum to 1"),
    ],
    ids=["one class", "nothing", "two images", "shape", "logits", "not a number"],
)
def test_labels_that_cannot_be_judged_are_refused(labels: list[int], probabilities: torch.Tensor | None, message: str) -> None:
    """The error says what is missing."""
    with pytest.raises(ValueError, match=message):
        find_suspicious_labels(tiny(labels), probabilities)


# --- what was found, as a table ---


def test_findings_are_a_table_of_images_and_reasons() -> None:
    """A row per suspicious label and per copy, with the names of the images, or else their numbers."""
    samples = tiny([0, 0, 1, 2])
    suspicious = [
        SuspiciousLabel(position=3, given="c", likely="a", given_probability=0.013, likely_probability=0.98),
    ]
    duplicates = [
        DuplicateGroup(positions=(0, 1), classes=("a",)),
        DuplicateGroup(positions=(0, 2), classes=("a", "b")),
    ]
    text = findings_table(samples, duplicates, suspicious, ["a/0.png", "a/1.png", "b/2.png", "c/3.png"])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["image", "class", "finding", "because"],
        ["c/3.png", "c", "suspicious label", "probably a (98%), c only 1%"],
        ["a/1.png", "a", "near-duplicate", "a copy of a/0.png (a)"],
        ["b/2.png", "b", "contradiction", "a copy of a/0.png (a)"],
    ]
    assert findings_table(samples, duplicates, []).splitlines()[1] == "1,a,near-duplicate,a copy of 0 (a)"
