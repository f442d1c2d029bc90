"""Step 2: from samples to batches: look, normalise, split, augment, load.

Everything happens on whole batches of tensors. For images this small that is about ten times as fast as a
`torch.utils.data.DataLoader` that augments one picture after another (the benchmarks of the repository measure it).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from handwriting_workshop.samples import Samples

# --- Looking --------------------------------------------------------------------------------------------------------------


def contact_sheet(images: Tensor, columns: int = 10, gap: int = 2) -> Tensor:
    """All images in one picture: from left to right, then row by row from the top; between them are gaps, around them is none.

    Gaps are half bright (128), and so are the places behind the last image. The sheet is `columns` wide even if there are fewer
    images, and has as many rows as it needs. torchvision's `make_grid` does something like it, and may not be used here.

    Shape:
        images: (N, 1, H, W) uint8, N at least 1 -> (rows·(H + gap) - gap, columns·(W + gap) - gap) uint8
    """
    count, _, height, width = images.shape
    # TODO 2.1: copy every image to its place on a half-bright sheet that is just large enough
    raise NotImplementedError("TODO 2.1: copy every image to its place on a half-bright sheet that is just large enough")


# --- Normalising ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation per channel, of pixels scaled to [0, 1]."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, images: Tensor) -> Tensor:
        """(B, C, H, W) float32 in [0, 1] -> a new tensor like it, each channel less its mean, divided by its standard deviation.

        Over the training set, every channel then has mean 0 and standard deviation 1.
        """
        # TODO 2.2: measure one mean and one standard deviation for each channel, and use them
        raise NotImplementedError("TODO 2.2: measure one mean and one standard deviation for each channel, and use them")


def measure_normalization(train: Samples) -> Normalization:
    """The mean and the standard deviation of all pixels of a training set, channel by channel, as plain numbers.

    A channel that never varies gets the standard deviation 1, so that nothing is divided by 0; one that varies a little keeps
    its own. Never measure on validation or test images: that leaks what they look like.
    """
    # TODO 2.2: measure one mean and one standard deviation for each channel, and use them
    raise NotImplementedError("TODO 2.2: measure one mean and one standard deviation for each channel, and use them")


# --- Splitting ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Splits:
    """Three parts that share no image."""

    train: Samples
    validation: Samples
    test: Samples


def split_samples(samples: Samples, fractions: Sequence[float] = (0.7, 0.15, 0.15), seed: int = 0) -> Splits:
    """A stratified split: every class has the same share of its different images in every part, and no image is in two parts.

    Copies of one image stay together. If they did not, a model would be tested on what it was trained on, and every figure
    would be too good. Each class is dealt in a random order of its own, by `seed`, for data often comes sorted by who wrote it.
    PyTorch's global generator is left alone: whoever draws from it afterwards gets the same numbers as without a split.
    scikit-learn has such splits; it may not be used here, for dealing is the exercise.

    Raises:
        ValueError: fractions that are not three shares of 1, or a class with too few different images.
    """
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"fractions must be three shares (train, validation, test) that sum to 1, got {tuple(fractions)}")
    groups_of_class = _groups_of_class(samples, needed=sum(share > 0 for share in fractions))
    generator = Generator().manual_seed(seed)
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])  # positions of the samples that each part gets
    # the groups of each class, in random order, dealt out to the parts by `part_sizes`
    # TODO 2.3: deal the groups of each class, in random order, to the three parts
    raise NotImplementedError("TODO 2.3: deal the groups of each class, in random order, to the three parts")
    train, validation, test = (samples[torch.tensor(part, dtype=torch.int64).sort().values] for part in parts)
    return Splits(train, validation, test)


def _groups_of_class(samples: Samples, needed: int) -> list[list[list[int]]]:
    """For each class that has images: its different images, each as the list of all positions where it stands.

    Copies with different labels count for the class of the first.
    """
    labels = samples.labels.tolist()
    groups_of_class: list[list[list[int]]] = [[] for _ in samples.classes]
    for group in identical_groups(samples.images):
        groups_of_class[labels[group[0]]].append(group)
    for name, groups in zip(samples.classes, groups_of_class, strict=True):
        if 0 < len(groups) < needed:
            raise ValueError(
                f"class {name!r} has {len(groups)} different image(s), and {needed} parts need at least one each: "
                "add images of it, or leave the class out"
            )
    return [groups for groups in groups_of_class if groups]


def identical_groups(images: Tensor) -> list[list[int]]:
    """Indices of images that are equal, pixel for pixel, together in one list; in order of first appearance."""
    groups: dict[bytes, list[int]] = {}
    for index, image in enumerate(images):
        groups.setdefault(image.numpy().tobytes(), []).append(index)
    return list(groups.values())


def part_sizes(count: int, fractions: Sequence[float]) -> list[int]:
    """`count` things in parts of the given shares: at least one in each part that has a share, the rest rounded fairly."""
    sizes = [max(int(count * share), 1) if share > 0 else 0 for share in fractions]
    while sum(sizes) != count:  # give to the part that is furthest below its share, take from the one furthest above
        step = 1 if sum(sizes) < count else -1
        owed = [
            step * (count * share - size) if size + step >= (share > 0) else -count
            for share, size in zip(fractions, sizes, strict=True)
        ]
        sizes[owed.index(max(owed))] += step
    return sizes


# --- Augmenting -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Random affine maps and elastic deformations, another for every image; but for `elastic`, a figure is the largest change."""

    rotation: float = 12.0
    """Degrees."""
    scale: float = 0.1
    """Share of the size."""
    shear: float = 0.15
    """Horizontal shift per unit of height."""
    shift: float = 2.0
    """Pixels, in each direction."""
    elastic: float = 0.0
    """Standard deviation of the local displacement, in pixels."""

    def __call__(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        """(B, C, S, S) float, square, background 0 -> the same shape, each image moved and bent a little."""
        if images.shape[-1] != images.shape[-2]:
            raise ValueError(f"images must be square to be turned, got {images.shape[-2]} × {images.shape[-1]} pixels")
        matrices = self.random_affine(len(images), images.shape[-1], generator)
        grid = sampling_positions(matrices, images.shape[-1])  # (B, S, S, 2), in [-1, 1]
        if self.elastic:
            grid = grid + elastic_field(len(images), images.shape[-1], self.elastic, generator)
        return F.grid_sample(images, grid.to(images.device), padding_mode="zeros", align_corners=False)

    def random_affine(self, count: int, size: int, generator: Generator | None = None) -> Tensor:
        """(count, 2, 3) float32 matrices that map output positions to input positions, (x, y) in [-1, 1].

        The left 2 × 2 part is the product of a rotation, a shear and a scaling, in any order; the last column is a shift:

            rotation  [[cos a, -sin a], [sin a, cos a]]    shear  [[1, s], [0, 1]]    scaling  [[u, 0], [0, v]]

        Each image has six numbers of its own, all drawn from `generator`, uniformly and independently: the angle a within
        ±rotation degrees, s within ±shear, u and v within 1 ± scale, the shifts in x and in y within ±shift pixels, each any
        number, not only whole ones. The shift is added last, so nothing turns or stretches it. Across an image, `size` pixels are
        the 2 units from -1 to 1.
        """
        # TODO 2.4: draw six numbers for each image, and make its matrix of them
        raise NotImplementedError("TODO 2.4: draw six numbers for each image, and make its matrix of them")


def sampling_positions(matrices: Tensor, size: int) -> Tensor:
    """(B, 2, 3) affine maps -> (B, size, size, 2) float32: where in the input each pixel of the output is taken from.

    PyTorch has `affine_grid` for this; it may not be used here, for finding the positions yourself is the exercise.

    Entry [b, row, column] is (x, y) = A · (column's centre, row's centre, 1), where A is the matrix of image b. Pixels fill
    [-1, 1] without a gap, so the centres of 4 pixels lie at -0.75, -0.25, 0.25 and 0.75.
    """
    # TODO 2.5: apply each image's matrix to the centres of all pixels
    raise NotImplementedError("TODO 2.5: apply each image's matrix to the centres of all pixels")


def elastic_field(count: int, size: int, strength: float, generator: Generator | None = None) -> Tensor:
    """(count, size, size, 2) smooth displacements in units of [-1, 1] (after Simard et al. 2003).

    Random displacements on a grid of 4 × 4 points, interpolated smoothly in between.
    """
    knots = torch.randn(count, 2, 4, 4, generator=generator) * strength * 2 / size
    field = F.interpolate(knots, size=(size, size), mode="bicubic", align_corners=True)  # (count, 2, size, size)
    return field.permute(0, 2, 3, 1)


# --- Loading --------------------------------------------------------------------------------------------------------------


class BatchLoader:
    """Batches of normalised images and their labels, cut from tensors in memory.

    Iterating over it is one epoch. With `shuffle` the order differs from epoch to epoch and is reproducible by the seed; the
    random state is part of `state_dict`, so that an interrupted training can go on exactly where it was. `source` says where the
    samples came from, for the checkpoints of models that are trained on them.

    Shape of a batch:
        images: (B, C, H, W) float32, normalised
        labels: (B,) int64

    Raises:
        ValueError: no samples, or a batch size below 1.
    """

    def __init__(
        self,
        samples: Samples,
        normalization: Normalization,
        *,
        batch_size: int = 64,
        shuffle: bool = False,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        source: str = "",
    ) -> None:
        if len(samples) == 0:
            raise ValueError("there are no samples to load")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.samples = samples
        self.normalization = normalization
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.augmentation = augmentation
        self.generator = Generator().manual_seed(seed)
        self.source = source

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the labels."""
        return self.samples.classes

    def __len__(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return len(self._split(torch.arange(len(self.samples))))

    def _split(self, order: Tensor) -> list[Tensor]:
        """Positions batch by batch. In training, no batch of one is left over: batch normalisation could not learn from it."""
        batches = list(order.split(self.batch_size))
        if self.shuffle and len(batches) > 1 and len(batches[-1]) == 1:
            batches[-2:] = [torch.cat(batches[-2:])]
        return batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """One epoch: every sample once, with its own label, in batches as `_split` cuts them.

        Samples come in their order, with `shuffle` in a new random one in each epoch. Images are scaled to [0, 1], then
        augmented, then normalised. All that is random is drawn from `self.generator`.
        """
        count = len(self.samples)
        # TODO 2.6: yield the normalised images and the labels of one batch after the other
        raise NotImplementedError("TODO 2.6: yield the normalised images and the labels of one batch after the other")

    def state_dict(self) -> dict[str, Any]:
        """The random state, to be saved in a checkpoint."""
        return {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved random state."""
        self.generator.set_state(state["generator"])


@dataclass(frozen=True)
class Loaders:
    """The loaders of a training, a validation and a test part."""

    train: BatchLoader
    validation: BatchLoader
    test: BatchLoader
    normalization: Normalization


DEFAULT_AUGMENTATION = Augmentation()


def make_loaders(
    data: Samples | Splits,
    *,
    batch_size: int = 64,
    augmentation: Augmentation | None = DEFAULT_AUGMENTATION,
    seed: int = 0,
    source: str = "",
) -> Loaders:
    """Loaders for samples (split first) or for splits, all normalised by the figures of the training part.

    The training loader shuffles and augments, and takes the batch size, the seed and the source. Validation and test images come
    in their order and unchanged, in batches of 256: what is measured on them must not depend on luck.
    """
    splits = split_samples(data, seed=seed) if isinstance(data, Samples) else data
    # TODO 2.7: measure on the training part, and make the three loaders
    raise NotImplementedError("TODO 2.7: measure on the training part, and make the three loaders")
