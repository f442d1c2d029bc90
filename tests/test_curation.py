"""Step 6: merging, balancing, and splits that no hand is on both sides of."""

import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from handwriting_workshop.curation import (
    balance_classes,
    deal_writers,
    merge_samples,
    split_by_writer,
)
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import load_samples
from tests.helpers import easy_samples, tiny


@pytest.fixture(scope="module")
def digits() -> Samples:
    """2,000 real digits, 200 of each."""
    return balance_classes(load_samples("mnist", image_size=28), 200)


def tiny_samples(*, writers: bool) -> st.SearchStrategy[Samples]:
    """Small data sets of up to 5 classes; with writers, by 3 to 8 people."""

    @st.composite
    def draw(choose: Callable) -> Samples:
        classes = choose(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5, unique=True))
        labels = choose(st.lists(st.integers(0, len(classes) - 1), min_size=8, max_size=60))
        if not writers:
            return tiny(labels, "".join(classes))
        people = choose(st.integers(3, 8))
        others = st.lists(st.integers(0, people - 1), min_size=len(labels) - people, max_size=len(labels) - people)
        return tiny(labels, "".join(classes), [*range(people), *choose(others)])

    return draw()


# --- merge ---


@given(st.lists(tiny_samples(writers=False), min_size=1, max_size=4))
def test_parts_come_back_out_of_the_whole(parts: list[Samples]) -> None:
    """Merged samples hold the parts one after the other: the same images with the same class names."""
    whole = merge_samples(parts)
    assert len(whole) == sum(map(len, parts))
    start = 0
    for part in parts:
        again = whole[start : start + len(part)]
        assert torch.equal(again.images, part.images)
        assert [whole.classes[at] for at in again.labels.tolist()] == [part.classes[at] for at in part.labels.tolist()]
        start += len(part)


def test_parts_of_different_classes_are_the_classes_of_the_whole() -> None:
    """a, b merged with c, d: the images of classes c and d are those of the second part, in order."""
    first, second = tiny([0, 1, 0], "ab"), tiny([1, 0, 1, 1], "cd")
    whole = merge_samples([first, second])
    assert whole.classes == ("a", "b", "c", "d")
    assert torch.equal(whole[whole.labels >= 2].with_classes("cdab").labels, second.labels)
    assert torch.equal(whole[whole.labels >= 2].images, second.images)


def test_classes_stand_in_the_order_in_which_they_are_first_seen() -> None:
    """b, a merged with c, a gives b, a, c."""
    assert merge_samples([tiny([0], "ba"), tiny([0], "ca")]).classes == ("b", "a", "c")


def test_writers_of_different_parts_stay_different_people() -> None:
    """Writers 0, 7 of one part and 0, 1 of another become four; unknown ones are -1, also of a part that knows none."""
    first, second = tiny([0] * 4, writers=[7, 0, 7, -1]), tiny([0] * 3, writers=[0, 1, -5])
    assert merge_samples([first, second, tiny([0])]).writers.tolist() == [1, 0, 1, -1, 2, 3, -1, -1]


def test_without_any_known_writers_the_whole_knows_none() -> None:
    """None merged with None is None."""
    assert merge_samples([tiny([0]), tiny([0])]).writers is None


def test_parts_of_different_shapes_are_refused() -> None:
    """The error names both shapes and the part."""
    with pytest.raises(
        ValueError,
        match=r"data set 1 has images of 1×4×4 and data set 3 of 1×5×5 .*choose one size for all, and either grey or colour",
    ):
        merge_samples([tiny([0]), tiny([0]), tiny([0], size=5)])


def test_merging_nothing_is_refused() -> None:
    """No parts, no whole."""
    with pytest.raises(ValueError, match="no data sets to merge"):
        merge_samples([])


# --- balance ---


@given(tiny_samples(writers=False), st.integers(0, 3))
def test_balanced_classes_have_equally_many_images(samples: Samples, seed: int) -> None:
    """Each class that has images has as many as the smallest; all are images of the original, in their old order."""
    balanced = balance_classes(samples, seed=seed)
    counts = samples.class_counts()
    smallest = int(counts[counts > 0].min())
    assert balanced.class_counts().tolist() == [smallest if count else 0 for count in counts.tolist()]
    numbers = [int(image[0, 0, 1]) for image in balanced.images]
    assert numbers == sorted(set(numbers))
    assert torch.equal(balanced.labels, samples.labels[numbers])


def test_the_choice_is_random_and_reproducible() -> None:
    """The same seed gives the same images, another seed others."""
    samples = tiny([0] * 50 + [1] * 10)
    first, again, other = (balance_classes(samples, 5, seed=seed).digest() for seed in (0, 0, 1))
    assert first == again != other


def test_a_number_per_class_is_kept_to() -> None:
    """5 of each of 80 easy images in 4 classes are 20."""
    assert balance_classes(easy_samples(), 5).class_counts().tolist() == [5] * 4


@pytest.mark.parametrize("wanted", [0, -1, 3])
def test_more_than_the_smallest_class_has_is_refused(wanted: int) -> None:
    """The error names that class, how many it has, and what can be asked for."""
    with pytest.raises(ValueError, match=rf"{wanted} images per class cannot be had: class 'b' has 2; ask for 1 to 2"):
        balance_classes(tiny([0, 0, 0, 1, 1]), wanted)


def test_balancing_nothing_is_refused() -> None:
    """There is no smallest class."""
    with pytest.raises(ValueError, match="no samples to balance"):
        balance_classes(tiny([]))


# --- split by writer ---


@settings(deadline=None)
@given(tiny_samples(writers=True), st.integers(0, 3))
def test_no_writer_is_in_two_parts_and_nothing_is_lost(samples: Samples, seed: int) -> None:
    """Every part has a writer, no two parts share one, and the parts together are the whole."""
    splits = split_by_writer(samples, seed=seed)
    parts = (splits.train, splits.validation, splits.test)
    hands = [set(part.writers.tolist()) for part in parts]
    assert all(hands)
    assert sum(map(len, hands)) == len(set().union(*hands)) == len(set(samples.writers.tolist()))
    numbers = [(int(image[0, 0, 1]), int(label)) for part in parts for image, label in zip(part.images, part.labels, strict=True)]
    assert sorted(numbers) == list(enumerate(samples.labels.tolist()))
    assert all(part.classes == samples.classes for part in parts)


def test_sizes_and_classes_come_near_the_fractions() -> None:
    """With 100 writers of 5 to 25 images, parts are within 1 % of 70, 15 and 15, and each class within 5 %."""
    generator = torch.Generator().manual_seed(0)
    writers = torch.arange(100).repeat_interleave(torch.randint(5, 26, (100,), generator=generator))
    labels = torch.randint(0, 10, (len(writers),), generator=generator)
    samples = tiny(labels.tolist(), "0123456789", writers.tolist())
    splits = split_by_writer(samples)
    for part, share in ((splits.train, 0.7), (splits.validation, 0.15), (splits.test, 0.15)):
        assert len(part) / len(samples) == pytest.approx(share, abs=0.01)
        assert (part.class_counts() / samples.class_counts()).tolist() == pytest.approx([share] * 10, abs=0.05)


def test_few_writers_are_split_nearly_as_well_as_possible() -> None:
    """Over ten sets of six writers, the squared difference is at most 2 % of the images from the best of all splits."""
    fractions = torch.tensor([0.7, 0.15, 0.15])
    for seed in range(10):
        generator = torch.Generator().manual_seed(seed)
        per_writer = torch.randint(3, 40, (6,), generator=generator)
        writers = torch.arange(6).repeat_interleave(per_writer)
        labels = torch.randint(0, 3, (len(writers),), generator=generator)
        samples = tiny(labels.tolist(), writers=writers.tolist())
        table = torch.zeros(6, 3).index_put_((writers, labels), torch.ones(len(writers)), accumulate=True)

        wanted = fractions[:, None] * table.sum(dim=0)
        splits = split_by_writer(samples)
        got = torch.stack([part.class_counts() for part in (splits.train, splits.validation, splits.test)])
        best = min(
            float((torch.stack([table[[at == part for at in dealt]].sum(dim=0) for part in range(3)]) - wanted).norm())
            for dealt in itertools.product(range(3), repeat=6)
            if set(dealt) == {0, 1, 2}
        )
        assert float((got - wanted).norm()) <= best + 0.02 * len(samples)


def test_a_writer_goes_where_most_of_what_he_wrote_is_missing() -> None:
    """Two writers of a, two of b, in halves: one of each class in each part."""
    per_class = torch.tensor([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [0.0, 4.0]])
    part_of, difference = deal_writers(per_class, (0.5, 0.0, 0.5), [0, 1, 2, 3])
    assert sorted(part_of[:2].tolist()) == sorted(part_of[2:].tolist()) == [0, 2]
    assert difference == 0


def test_a_part_without_a_share_stays_empty() -> None:
    """(0.5, 0, 0.5) leaves the validation part empty, and needs only two writers."""
    splits = split_by_writer(tiny([0, 0, 1, 1], writers=[3, 3, 8, 8]), (0.5, 0, 0.5))
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [2, 0, 2]


def test_a_split_by_writer_is_reproducible_by_its_seed() -> None:
    """The same seed gives the same test part, another seed another."""
    samples = tiny([0, 1] * 60, writers=[at // 6 for at in range(120)])
    first, again, other = (split_by_writer(samples, seed=seed).test.digest() for seed in (0, 0, 1))
    assert first == again != other


def test_writers_who_share_an_image_stay_together() -> None:
    """Writers 0 and 1 have one identical image, 1 and 2 another: the three are in one part, over many seeds."""
    samples = tiny([0] * 24, writers=[at // 4 for at in range(24)])
    samples.images[3] = samples.images[4]
    samples.images[7] = samples.images[8]
    for seed in range(10):
        splits = split_by_writer(samples, seed=seed)
        hands = [set(part.writers.tolist()) for part in (splits.train, splits.validation, splits.test)]
        assert any({0, 1, 2} <= part for part in hands)


@pytest.mark.parametrize(
    ("writers", "message"),
    [
        (None, r"nobody knows who wrote these images .*use split_samples"),
        ([0, 1, 2, -1, -1], r"2 of 5 images have no known writer \(-1\).*samples\[samples.writers >= 0\]"),
        ([], r"images by 0 writer\(s\)"),
        ([4, 4, 4, 9, 9], r"images by 2 writer\(s\), and 3 parts need at least one each"),
    ],
    ids=["no writers", "unknown writers", "nothing", "two writers"],
)
def test_what_cannot_be_split_by_writer_is_refused(writers: list[int] | None, message: str) -> None:
    """The error says how many there are, and what to do."""
    with pytest.raises(ValueError, match=message):
        split_by_writer(tiny([0] * (5 if writers is None else len(writers)), writers=writers))


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.7, 0.2, 0.2), (1.2, -0.1, -0.1)])
def test_fractions_that_are_no_shares_are_refused(fractions: tuple[float, ...]) -> None:
    """Three shares, none negative, that sum to 1."""
    with pytest.raises(ValueError, match="fractions must be three shares"):
        split_by_writer(tiny([0] * 3, writers=[0, 1, 2]), fractions)
