"""How fast augmented batches can be made: whole batches of tensors, and one PIL picture after another."""

import statistics
import time
from collections.abc import Iterable

import torch
from torch.utils.data import DataLoader
from torchvision import transforms

from handwriting_workshop.data_loader import DEFAULT_AUGMENTATION, BatchLoader, measure_normalization
from tests.bench.training import split
from tests.bench.yardstick import MEAN, STD, PictureDataset

BATCH_SIZE = 64


def compare(repeats: int) -> tuple[float, float]:
    """Median images per second of one epoch of 4,000: ours, and a DataLoader's with two workers that stay; interleaved."""
    samples, _ = split(0)
    ours = BatchLoader(
        samples, measure_normalization(samples), batch_size=BATCH_SIZE, shuffle=True, augmentation=DEFAULT_AUGMENTATION
    )
    transform = transforms.Compose(
        [
            transforms.RandomAffine(12, translate=(2 / 32, 2 / 32), scale=(0.9, 1.1), shear=8.5),  # ours, in its own units
            transforms.ToTensor(),
            transforms.Normalize((MEAN,), (STD,)),
        ]
    )
    pictures = DataLoader(
        PictureDataset(samples, transform), batch_size=BATCH_SIZE, shuffle=True, num_workers=2, persistent_workers=True
    )
    for loader in (ours, pictures):  # start the workers, and warm up
        _seconds(loader)
    pairs = [(_seconds(ours), _seconds(pictures)) for _ in range(max(3, repeats))]
    ours_seconds, pictures_seconds = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    return len(samples) / ours_seconds, len(samples) / pictures_seconds


def _seconds(loader: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> float:
    started = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - started
