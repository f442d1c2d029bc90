"""Step 6: order in collected samples: merge and balance them, and split them by writer.

Each function takes `Samples` and gives `Samples`; what it leaves out, and why, stands in the docstring.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from handwriting_workshop.samples import Samples

if TYPE_CHECKING:
    from handwriting_workshop.data_loader import Splits

# --- Merging and balancing ------------------------------------------------------------------------------------------------


def merge_samples(parts: Sequence[Samples]) -> Samples:
    """All samples of several data sets, one after the other, their classes matched by name.

    Classes stand in the order in which they are first seen. Writers get new numbers, so that writer 3 of one part is not writer
    3 of another (somebody who wrote in two parts counts as two people); writers whom nobody knows are -1.

    Raises:
        ValueError: no parts, or images of different shapes.
    """
    if not parts:
        raise ValueError("there are no data sets to merge")
    for number, part in enumerate(parts[1:], start=2):
        if part.images.shape[1:] != parts[0].images.shape[1:]:
            first, other = ("×".join(map(str, samples.images.shape[1:])) for samples in (parts[0], part))
            raise ValueError(
                f"data set 1 has images of {first} and data set {number} of {other} (channels × height × width); "
                "they must have one form: choose one size for all, and either grey or colour"
            )
    classes = tuple(dict.fromkeys(name for part in parts for name in part.classes))
    return Samples(
        torch.cat([part.images for part in parts]),
        torch.cat([part.with_classes(classes).labels for part in parts]),
        classes,
        _renumbered_writers(parts),
    )


def _renumbered_writers(parts: Sequence[Samples]) -> Tensor | None:
    """(N,) int64: 0, 1, 2, … over all parts, -1 where nobody knows; None if nobody knows any."""
    if all(part.writers is None for part in parts):
        return None
    columns, known_before = [], 0
    for part in parts:
        writers = torch.full((len(part),), -1) if part.writers is None else part.writers.clone()
        known = writers >= 0
        different, numbers = writers[known].unique(return_inverse=True)
        writers[~known] = -1
        writers[known] = numbers + known_before
        known_before += len(different)
        columns.append(writers)
    return torch.cat(columns)


def balance_classes(samples: Samples, per_class: int | None = None, seed: int = 0) -> Samples:
    """Equally many images of each class, chosen at random, in their old order; as many as the smallest class has, or fewer.

    Classes without any image stay in the list of classes, without any image.

    Raises:
        ValueError: no samples, or more wanted than a class has; which class that is.
    """
    counts = samples.class_counts().tolist()
    there = {name: count for name, count in zip(samples.classes, counts, strict=True) if count}
    if not there:
        raise ValueError("there are no samples to balance")
    smallest = min(there, key=lambda name: there[name])
    wanted = there[smallest] if per_class is None else per_class
    if not 1 <= wanted <= there[smallest]:
        raise ValueError(
            f"{wanted} images per class cannot be had: class {smallest!r} has {there[smallest]}; "
            f"ask for 1 to {there[smallest]}, or add images of it"
        )
    generator = Generator().manual_seed(seed)
    shuffled = torch.randperm(len(samples), generator=generator)
    chosen = [shuffled[samples.labels[shuffled] == label][:wanted] for label in range(len(counts))]
    return samples[torch.cat(chosen).sort().values]


# --- Splitting by writer --------------------------------------------------------------------------------------------------


def split_by_writer(samples: Samples, fractions: Sequence[float] = (0.7, 0.15, 0.15), seed: int = 0) -> "Splits":
    """Three parts that share no writer: a model is tested on hands that it has never seen.

    People write alike from day to day, so a model that has seen a hand does better on it than on a stranger's. Writers who share
    an identical image count as one person, so that no image is in two parts either. Sizes and classes come as near to the
    fractions as whole writers allow: the best of 20 dealings, by the squared difference in images per part and class.

    Raises:
        ValueError: fractions that are not three shares of 1, images whose writer nobody knows, or too few writers.
    """
    from handwriting_workshop.data_loader import Splits

    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"fractions must be three shares (train, validation, test) that sum to 1, got {tuple(fractions)}")
    people = _people(samples)  # (N,)
    count, needed = len(people.unique()), sum(share > 0 for share in fractions)
    if count < needed:
        raise ValueError(
            f"there are images by {count} writer(s), and {needed} parts need at least one each (writers who share an identical "
            "image count as one): collect from more people, or use split_samples"
        )
    per_class = torch.zeros(count, len(samples.classes))  # (people, K): images
    per_class.index_put_((people, samples.labels), torch.ones(len(samples)), accumulate=True)
    generator = Generator().manual_seed(seed)
    dealings = []
    for _ in range(20):
        roughly_by_size = per_class.sum(dim=1) * (1 + torch.rand(count, generator=generator))
        dealings.append(deal_writers(per_class, fractions, roughly_by_size.argsort(descending=True).tolist()))
    part_of, _ = min(dealings, key=lambda dealt: dealt[1])
    train, validation, test = (samples[part_of[people] == part] for part in range(3))
    return Splits(train, validation, test)


def deal_writers(per_class: Tensor, fractions: Sequence[float], order: Sequence[int]) -> tuple[Tensor, float]:
    """Deal whole writers to parts: one after the other, each to the part that still lacks most of what this writer has.

    At first, a part lacks its fraction of the images of each class; what it is dealt is subtracted (and may leave less than 0).
    How much it needs a writer is a sum over classes: what it lacks times what the writer has. So a class of which it has too many
    already counts against it. Among equals the first part wins.
    A part without a share gets nobody. Every part with a share gets at least one: when there are only as many writers left as
    there are such parts without any, these are the only ones to choose from.

    Best in an order with the largest writers first: the small ones fill the gaps. `per_class` and `order` are not changed.

    Shape:
        per_class: (writers, K) float, images of each writer in each class; order: each writer's number once, at least as many as
            there are parts with a share -> (writers,) int64, the part of each writer; and how far the parts are from the
            fractions, in squared images per part and class
    """
    part_of = torch.full((len(per_class),), -1)
    lacking = torch.tensor(fractions)[:, None] * per_class.sum(dim=0)  # (parts, K)
    waiting = {part for part, share in enumerate(fractions) if share > 0}  # parts without a writer so far
    open_parts = sorted(waiting)  # parts to choose from
    # TODO 6.7: deal each writer, in order, to the part that needs this writer most
    raise NotImplementedError("TODO 6.7: deal each writer, in order, to the part that needs this writer most")
    return part_of, float(lacking.square().sum())


def _people(samples: Samples) -> Tensor:
    """(N,) int64: writers numbered 0, 1, 2, …; those who share an identical image have one number."""
    from handwriting_workshop.cleaning import linked_groups
    from handwriting_workshop.data_loader import identical_groups

    if samples.writers is None:
        raise ValueError("nobody knows who wrote these images (writers is None); use split_samples, or collect them by writer")
    if unknown := int((samples.writers < 0).sum()):
        raise ValueError(
            f"{unknown} of {len(samples)} images have no known writer (-1), and could be by anyone; "
            "leave them out with samples[samples.writers >= 0], or use split_samples"
        )
    different, numbers = samples.writers.unique(return_inverse=True)
    shared = [(group[0], position) for group in identical_groups(samples.images) for position in group[1:]]
    return linked_groups(numbers[torch.tensor(shared).long().view(-1, 2)], len(different))[numbers]
