"""Dealing writers of whom nobody can know beforehand how much they wrote."""

import pytest
import torch

from grading.runtime.messages import assert_same


def whole(draw, low, high):
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def sixteenths(draw, parts):
    """Shares of so many parts, in sixteenths, so that all sums are exact and equals are equal; some are 0, not all."""
    cuts = sorted(whole(draw, 0, 16) for _ in range(parts - 1))
    return tuple((after - before) / 16 for before, after in zip([0, *cuts], [*cuts, 16], strict=True))


@pytest.mark.exercise("6.7")
def test_any_writers_are_dealt(box, draw, reference):
    """Random writers, orders and shares, some writers without images and some parts without a share."""
    cases = []
    for _ in range(50):
        fractions = sixteenths(draw, whole(draw, 2, 4))
        writers, classes = whole(draw, 4, 14), whole(draw, 1, 5)
        per_class = torch.randint(0, whole(draw, 2, 12), (writers, classes), generator=draw).float()
        per_class[whole(draw, 0, writers - 1)] = 0
        cases.append((per_class, fractions, torch.randperm(writers, generator=draw).tolist()))

    def act(curation):
        return [curation.deal_writers(per_class.clone(), fractions, [*order]) for per_class, fractions, order in cases]

    for (per_class, fractions, order), (part_of, difference) in zip(cases, box(act), strict=True):
        expected, expected_difference = reference.curation.deal_writers(per_class, fractions, order)
        call = f"deal_writers({per_class.tolist()}, {fractions}, {order})"
        assert_same(part_of, expected, f"{call}[0]")
        assert_same(difference, expected_difference, f"{call}[1]", tolerance=1e-4)


@pytest.mark.exercise("6.7")
def test_small_shares_and_few_writers(box, draw, reference):
    """One part that wants nearly everything, two that want little, no more writers than that takes; shares in any place."""
    cases = []
    for _ in range(20):
        small = [whole(draw, 1, 2) / 32 for _ in range(2)]
        shares = [1 - sum(small), *small, 0.0]
        fractions = tuple(shares[at] for at in torch.randperm(4, generator=draw).tolist())
        writers, classes = whole(draw, 3, 6), whole(draw, 1, 3)
        per_class = torch.randint(1, 9, (writers, classes), generator=draw).float()
        cases.append((per_class, fractions, torch.randperm(writers, generator=draw).tolist()))

    def act(curation):
        return [curation.deal_writers(per_class.clone(), fractions, [*order])[0] for per_class, fractions, order in cases]

    for (per_class, fractions, order), part_of in zip(cases, box(act), strict=True):
        call = f"deal_writers({per_class.tolist()}, {fractions}, {order})[0]"
        assert_same(part_of, reference.curation.deal_writers(per_class, fractions, order)[0], call)
        given = {int(part) for part in part_of}
        assert given == {part for part, wanted in enumerate(fractions) if wanted}, f"{call}: parts {sorted(given)} have writers"
