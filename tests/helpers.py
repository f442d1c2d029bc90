"""Data and small programs that several test files use."""

import torch

from handwriting_workshop.samples import Samples


def easy_samples(per_class: int = 20, size: int = 16, classes: int = 4, seed: int = 0) -> Samples:
    """Small pictures that a small network tells apart in a few epochs: one bright block per class, somewhere else, in noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(classes).repeat(per_class)
    images = torch.randint(0, 60, (len(labels), 1, size, size), generator=generator, dtype=torch.uint8)
    side = size // 2
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = label // 2 % 2 * side, label % 2 * side
        image[0, top : top + side, left : left + side] += 120
    return Samples(images, labels, tuple("abcdefghij"[:classes]))


def tiny(labels: list[int], classes: str = "abc", writers: list[int] | None = None, size: int = 4) -> Samples:
    """Images that all differ, though nobody could read them, with some labels and writers."""
    count = len(labels)
    images = torch.zeros(count, 1, size, size, dtype=torch.uint8)
    for position in range(count):
        images[position, 0, 0, :3] = torch.tensor([255, position % 256, position // 256])
    column = None if writers is None else torch.tensor(writers, dtype=torch.int64)
    return Samples(images, torch.tensor(labels, dtype=torch.int64), tuple(classes), column)
