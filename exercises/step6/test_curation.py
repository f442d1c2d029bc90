"""Step 6, exercise 6.7: whole writers are dealt to training, validation and test."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grading.runtime.messages import assert_same


def dealt_by_hand(table: list[list[int]], fractions: tuple[float, ...], order: list[int]) -> tuple[list[int], float]:
    """The part of each writer, and the squared difference from the fractions: with plain lists and loops."""
    classes, parts = range(len(table[0])), range(len(fractions))
    lacks = [[share * sum(writer[k] for writer in table) for k in classes] for share in fractions]
    part_of, sizes = [-1] * len(table), [0] * len(fractions)
    for place, writer in enumerate(order):
        empty = [part for part in parts if fractions[part] > 0 and sizes[part] == 0]
        choices = empty if len(empty) >= len(order) - place else [part for part in parts if fractions[part] > 0]
        needs = {part: sum(lacks[part][k] * table[writer][k] for k in classes) for part in choices}
        best = min(choices, key=lambda part: (-needs[part], part))
        part_of[writer], sizes[best] = best, sizes[best] + 1
        for k in classes:
            lacks[best][k] -= table[writer][k]
    return part_of, sum(lack**2 for row in lacks for lack in row)


@pytest.mark.exercise("6.7")
def test_every_writer_gets_one_part(box):
    """Six writers give six whole numbers, int64, of the parts 0, 1 and 2, and one number beside them."""
    per_class = torch.tensor([[3.0, 1.0], [2.0, 2.0], [1.0, 2.0], [0.0, 2.0], [1.0, 0.0], [1.0, 1.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.25, 0.25), [0, 1, 2, 3, 4, 5])

    both = box(act)
    pair = isinstance(both, tuple | list) and len(both) == 2
    assert pair, (
        f"deal_writers(…) gave a {type(both).__name__}; expected two things, part_of and how far the parts are from the fractions"
    )
    part_of, difference = both
    assert (tuple(part_of.shape), part_of.dtype) == ((6,), torch.int64), (
        f"deal_writers(…) for 6 writers gave parts of shape {tuple(part_of.shape)} {part_of.dtype}; expected (6,) torch.int64"
    )
    assert set(part_of.tolist()) <= {0, 1, 2}, f"the parts are numbered 0, 1 and 2; got {part_of.tolist()}"
    assert isinstance(difference, float), f"the second result is a float, got {difference!r}"


@pytest.mark.exercise("6.7")
def test_four_writers_of_one_class(box):
    """4, 2, 1 and 1 images in parts of 1/2, 1/4 and 1/4: the first fills part 0, the second part 1, the others part 2."""
    per_class = torch.tensor([[4.0], [2.0], [1.0], [1.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.25, 0.25), [0, 1, 2, 3])

    part_of, difference = box(act)
    assert_same(part_of, np.array([0, 1, 2, 2]), "deal_writers([[4], [2], [1], [1]], (0.5, 0.25, 0.25), [0, 1, 2, 3])[0]")
    assert_same(difference, 0.0, "deal_writers(…)[1], the squared difference from 4, 2 and 2 images,")


@pytest.mark.exercise("6.7")
def test_the_order_is_one_of_writers(box):
    """Dealt in the order 3, 1, 0, 2, writer 3 with 4 images goes first, to part 0; the results stand at the writers' numbers."""
    per_class = torch.tensor([[1.0], [2.0], [1.0], [4.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.25, 0.25), [3, 1, 0, 2])

    part_of, _ = box(act)
    assert_same(part_of, np.array([2, 1, 2, 0]), "deal_writers([[1], [2], [1], [4]], (0.5, 0.25, 0.25), [3, 1, 0, 2])[0]")


@pytest.mark.exercise("6.7")
def test_every_part_gets_some_of_every_class(box):
    """Two writers of class a, then two of class b, in halves: each part gets one of either."""
    per_class = torch.tensor([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [0.0, 4.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.5), [0, 2, 3, 1])

    part_of, difference = box(act)
    assert_same(part_of, np.array([0, 1, 0, 1]), "deal_writers([[4, 0], [4, 0], [0, 4], [0, 4]], (0.5, 0.5), [0, 2, 3, 1])[0]")
    assert_same(difference, 0.0, "deal_writers(…)[1]")


@pytest.mark.exercise("6.7")
def test_too_much_of_a_class_counts_against_a_part(box):
    """Of class a, part 0 has 2 too many: a writer of 1 a and 3 b is needed by -2 · 1 + 3 · 3 = 7 there, and by 9 in part 1."""
    per_class = torch.tensor([[6.0, 0.0], [1.0, 1.0], [1.0, 3.0], [0.0, 2.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.5), [0, 1, 2, 3])[0]

    assert_same(box(act), np.array([0, 1, 1, 0]), "deal_writers([[6, 0], [1, 1], [1, 3], [0, 2]], (0.5, 0.5), [0, 1, 2, 3])[0]")


@pytest.mark.exercise("6.7")
def test_a_part_that_is_full_may_still_need_a_class(box):
    """Part 0 has all its 6 images, 2 b too many and 2 a too few: a writer of 2 a is needed by 2 · 2 there, as in part 1."""
    per_class = torch.tensor([[0.0, 6.0], [2.0, 0.0], [2.0, 2.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.5, 0.5), [0, 1, 2])[0]

    assert_same(box(act), np.array([0, 0, 1]), "deal_writers([[0, 6], [2, 0], [2, 2]], (0.5, 0.5), [0, 1, 2])[0]")


@pytest.mark.exercise("6.7")
def test_what_was_given_stays_as_it_was(box):
    """The images of each writer and the order are the same afterwards: the next dealing begins with them, too."""
    per_class, order = torch.tensor([[4.0, 1.0], [2.0, 3.0], [1.0, 0.0], [1.0, 2.0]]), [2, 0, 3, 1]

    def act(curation):
        given = list(order)
        curation.deal_writers(per_class, (0.5, 0.25, 0.25), given)
        return per_class, given

    images, given = box(act)
    assert_same(images, np.array([[4, 1], [2, 3], [1, 0], [1, 2]]), "per_class after deal_writers(per_class, fractions, order)")
    assert given == order, f"order after deal_writers(per_class, fractions, {order}) is {given}"


@pytest.mark.exercise("6.7")
@pytest.mark.parametrize("writers", [3, 4, 5])
def test_no_part_with_a_share_stays_empty(box, writers):
    """With shares of 98, 1 and 1 %, part 0 lacks most until the end, and yet the last two writers go to parts 1 and 2."""
    per_class = torch.full((writers, 1), 4.0)

    def act(curation):
        return curation.deal_writers(per_class, (0.98, 0.01, 0.01), list(range(writers)))[0]

    assert_same(
        box(act), np.array([0] * (writers - 2) + [1, 2]), f"deal_writers({writers} writers of 4 images, (0.98, 0.01, 0.01), …)[0]"
    )


@pytest.mark.exercise("6.7")
def test_a_part_without_a_share_gets_nobody(box):
    """With shares of 0, 1/2 and 1/2 nobody is in part 0, not even a writer without any image, whom no part needs."""
    per_class = torch.tensor([[3.0], [3.0], [0.0], [3.0]])

    def act(curation):
        return curation.deal_writers(per_class, (0.0, 0.5, 0.5), [0, 1, 2, 3])[0]

    assert_same(box(act), np.array([1, 2, 1, 1]), "deal_writers([[3], [3], [0], [3]], (0, 0.5, 0.5), [0, 1, 2, 3])[0]")


@pytest.mark.exercise("6.7")
@given(st.integers(3, 12), st.integers(1, 4), st.integers(0, 2**31))
def test_random_writers_are_dealt_as_by_hand(box, writers, classes, seed):
    """Up to 12 writers of up to 4 classes, in any order: the parts and the difference are those of a dealing by hand."""
    random = np.random.default_rng(seed)
    table = random.integers(0, 9, (writers, classes)).tolist()
    fractions = [(0.5, 0.25, 0.25), (0.75, 0.125, 0.125), (0.0, 0.5, 0.5), (0.625, 0.375, 0.0)][seed % 4]
    order = random.permutation(writers).tolist()
    per_class = torch.tensor(table, dtype=torch.float32)

    def act(curation):
        return curation.deal_writers(per_class, fractions, order)

    part_of, difference = box(act)
    expected, expected_difference = dealt_by_hand(table, fractions, order)
    call = f"deal_writers({table}, {fractions}, {order})"
    assert_same(part_of, np.array(expected), call + "[0]")
    assert_same(difference, expected_difference, call + "[1]", tolerance=1e-4)


@pytest.mark.exercise("6.7")
def test_many_writers_come_near_the_fractions(box):
    """100 writers of 5 to 25 images of ten classes, the largest first: parts are within 1 % of 70, 15 and 15 %."""
    generator = torch.Generator().manual_seed(0)
    sizes = torch.randint(5, 26, (100,), generator=generator).sort(descending=True).values
    per_class = torch.stack(
        [torch.randint(0, 10, (int(size),), generator=generator).bincount(minlength=10) for size in sizes]
    ).float()

    def act(curation):
        return curation.deal_writers(per_class, (0.7, 0.15, 0.15), list(range(100)))[0]

    part_of = box(act)
    shares = [float(per_class[part_of == part].sum() / per_class.sum()) for part in range(3)]
    assert np.allclose(shares, (0.7, 0.15, 0.15), atol=0.01), (
        f"the parts hold {', '.join(f'{share:.1%}' for share in shares)} of all images; expected 70, 15 and 15 %, within 1 %"
    )
    per_part = torch.stack([per_class[part_of == part].sum(dim=0) for part in range(3)]) / per_class.sum(dim=0)
    worst = float((per_part - torch.tensor([[0.7], [0.15], [0.15]])).abs().max())
    assert worst < 0.06, f"a part's share of one class is {worst:.1%} off; expected less than 6 %"
