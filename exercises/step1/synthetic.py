"""Step 1: from strokes to handwriting: characters drawn as a pen would, by writers who differ.

A printed font teaches a model printing. Handwriting is strokes, so it is drawn from strokes here (`strokes.py` has the shapes). A
writer chooses one of the ways to write a character, bends, slants and stretches it; a pen leaves ink around every point; and the
picture is normalised as real data sets are. All of it happens on whole batches of tensors, so that new characters can be drawn
for each epoch. A network trained on nothing else reads most real digits: `nox -s bench -- synthetic` measures it.
"""

import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from tqdm.auto import tqdm

from handwriting_workshop.samples import Samples
from handwriting_workshop.strokes import has_strokes, stroke_shapes

CHARACTER_SETS: dict[str, str] = {
    "numbers": string.digits,
    "uppercase_letters": string.ascii_uppercase,
    "lowercase_letters": string.ascii_lowercase,
    "letters": string.ascii_uppercase + string.ascii_lowercase,
    "symbols": "+-*/=<>()[]{}!?@#$%&",
    "mixed": string.digits + string.ascii_uppercase + string.ascii_lowercase,
}

INK_SHARE = 20 / 32
"""The longer side of a character, as a share of the picture (LeCun et al. 1998: 20 of MNIST's 28 pixels, which we pad to 32)."""

BATCH = 256
"""Characters drawn at once: more of them would not fit into a processor's cache."""


# --- Characters -----------------------------------------------------------------------------------------------------------


def characters_of(character_set: str | Sequence[str]) -> tuple[str, ...]:
    """The characters of a named set, or those of a list (each given once, in the list's order).

    Raises:
        ValueError: an unknown name, an empty list, or something longer than one character in it.
    """
    if isinstance(character_set, str):
        if character_set not in CHARACTER_SETS:
            choices = ", ".join(CHARACTER_SETS)
            raise ValueError(
                f"unknown character set {character_set!r}; choose one of: {choices}; or give a list of characters, "
                f"such as {list(character_set[:3])}"
            )
        character_set = CHARACTER_SETS[character_set]
    characters = tuple(dict.fromkeys(character_set))
    if not characters:
        raise ValueError("no characters were given")
    if odd := [text for text in characters if len(text) != 1]:
        raise ValueError(f"each class must be one character, got {odd[0]!r}")
    return characters


@dataclass(frozen=True, kw_only=True)
class Alphabet:
    """All ways to write K characters, in one table of S shapes."""

    points: Tensor
    """(S, P, 2) float32: P points along each shape, the longer side 1, the centre at 0."""
    strokes: Tensor
    """(S, P) int64: the stroke that each point belongs to."""
    usual: Tensor
    """(K, S) float32: how usual each shape is for a character; 0 for those of other characters."""


@cache
def alphabet_of(characters: tuple[str, ...]) -> Alphabet:
    """The table for some characters.

    Raises:
        ValueError: characters without strokes; all of them are named.
    """
    if missing := [character for character in characters if not has_strokes(character)]:
        raise ValueError(
            f"there are no strokes for: {', '.join(map(repr, missing))}; leave them out, "
            "or collect them with a sample sheet (workshop sheet)"
        )
    shapes = [stroke_shapes(character) for character in characters]
    return Alphabet(
        points=torch.cat([shape.points for shape in shapes]),
        strokes=torch.cat([shape.strokes for shape in shapes]),
        usual=torch.block_diag(*[shape.weights[None] for shape in shapes]),
    )


# --- Ink ------------------------------------------------------------------------------------------------------------------


def draw_strokes(points: Tensor, pen_width: Tensor, image_size: int) -> Tensor:
    """Pictures of points, each a round spot of ink with a soft edge: 1 where the pen was, 0 far from it.

    At a pixel whose centre lies d pixels from a point, that point leaves a spot of exp(-d² / 2s²), where s is a quarter of the
    pen's width there; pixel (row 0, column 0) has its centre at x = 0.5, y = 0.5. Ink is 1 - exp(-6 · the sum of all spots), so
    that it grows where strokes cross, but never beyond 1.

    A spot is a column profile times a row profile, exp(-(dx² + dy²) …) = exp(-dx² …) · exp(-dy² …): so a picture of P spots is
    one matrix product, and no loop over points is needed.

    Shape:
        points: (N, P, 2) as x and y in pixels, pen_width: (N, P) in pixels -> (N, 1, image_size, image_size) float32 in [0, 1]
    """
    # TODO 1.1: a round spot of ink at each point, as one matrix product
    raise NotImplementedError("TODO 1.1: a round spot of ink at each point, as one matrix product")


def bell(distance: Tensor) -> Tensor:
    """exp(-distance²), written over the distances: with new memory for every operation it would take several times as long.

    Beyond 6 it counts as 6: products of the true values are so near the smallest number there is that they make processors slow.
    """
    return distance.clamp_(-6, 6).square_().neg_().exp_()


# --- Writers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Writers:
    """How each of W people writes; all fields (W,) float32. Size is no habit here: normalisation takes it away."""

    slant: Tensor
    """Horizontal shift per unit of height; 0.3 leans to the right by 17°."""
    aspect: Tensor
    """Width over the shape's width."""
    tilt: Tensor
    """Rotation in radians."""
    pen_width: Tensor
    """Share of the character's longer side."""
    curvature: Tensor
    """How far strokes stray from the shape, as a share of its size."""
    speed: Tensor
    """1 for most; a quick hand swings further and lifts the pen later, a slow one trembles."""

    @classmethod
    def random(cls, count: int, generator: Generator) -> "Writers":
        """People who do not know each other."""
        normal, uniform = torch.randn(4, count, generator=generator), torch.rand(2, count, generator=generator)
        return cls(
            slant=0.12 + 0.2 * normal[0],
            aspect=(0.18 * normal[1]).exp(),
            tilt=0.07 * normal[2],
            pen_width=0.06 + 0.24 * uniform[0] ** 3,  # most pens are fine
            curvature=0.02 + 0.05 * uniform[1],
            speed=(0.25 * normal[3]).exp(),
        )

    def write(self, points: Tensor, strokes: Tensor, who: Tensor, generator: Generator) -> Tensor:
        """Shapes as these people write them, a little different each time.

        Shape:
            points: (N, P, 2), strokes: (N, P) int64, who: (N,) int64 -> (N, P, 2)
        """
        curvature, speed = self.curvature[who].view(-1, 1, 1), self.speed[who].view(-1, 1, 1)
        swing = speed * along_the_way(points, 6, generator)
        tremble = along_the_way(points, 20, generator) / speed
        written = points + curvature * (swing + 0.25 * tremble + scattered(strokes, generator) + smooth_bends(points, generator))
        slant = self.slant[who] + 0.15 * torch.randn(len(who), generator=generator)
        tilt = self.tilt[who] + 0.07 * torch.randn(len(who), generator=generator)
        aspect = (self.aspect[who] * (0.13 * torch.randn(len(who), generator=generator)).exp()).clamp(0.6, 1.7)
        return lean_and_turn(written, slant, aspect, tilt)


def lean_and_turn(points: Tensor, slant: Tensor, aspect: Tensor, tilt: Tensor) -> Tensor:
    """Shapes made wider or narrower, slanted, and then turned around (0, 0), each by numbers of its own.

    As y points downwards, a positive slant moves what lies high (y < 0) to the right, and a positive tilt turns clockwise:

        x' = aspect · x - slant · y        x" = cos(tilt) · x' - sin(tilt) · y'
        y' = y                             y" = sin(tilt) · x' + cos(tilt) · y'

    Shape:
        points: (N, P, 2) as x and y; slant, aspect, tilt: (N,), the tilt in radians -> (N, P, 2)
    """
    # TODO 1.2: one 2×2 matrix per shape, applied to all of its points
    raise NotImplementedError("TODO 1.2: one 2×2 matrix per shape, applied to all of its points")


def along_the_way(points: Tensor, knots: int, generator: Generator, axes: int = 2) -> Tensor:
    """Random changes along the pen's way, smooth between so many independent ones: (N, P, axes), standard deviation about 1."""
    values = torch.randn(len(points), axes, knots, 1, generator=generator)
    curves = F.interpolate(values, size=(points.shape[1], 1), mode="bicubic", align_corners=True)  # (N, axes, P, 1)
    return curves.squeeze(3).transpose(1, 2)


def scattered(strokes: Tensor, generator: Generator) -> Tensor:
    """How far each stroke as a whole is misplaced: one random shift in x and y, the same for all points of the stroke.

    Shifts are normal numbers (mean 0, standard deviation 1) from the generator and from no other, independent from stroke to
    stroke, from character to character, and in x and y.

    Shape:
        strokes: (N, P) int64, which stroke of its character each point belongs to, from 0 -> (N, P, 2) float32
    """
    # TODO 1.3: one random shift per stroke, looked up for each of its points
    raise NotImplementedError("TODO 1.3: one random shift per stroke, looked up for each of its points")


def smooth_bends(points: Tensor, generator: Generator) -> Tensor:
    """How a random smooth map of the plane moves points: neighbours in the picture move together; (N, P, 2)."""
    knots = torch.randn(len(points), 2, 4, 4, generator=generator)
    at = (1.6 * points.unsqueeze(1)).clamp(-1, 1)  # (N, 1, P, 2) positions in the map
    return F.grid_sample(knots, at, mode="bicubic", padding_mode="border", align_corners=True).squeeze(2).transpose(1, 2)


# --- Normalisation --------------------------------------------------------------------------------------------------------


def normalize_by_mass(images: Tensor, image_size: int = 32) -> Tensor:
    """Pictures as MNIST has them: the ink's longer side fills 20/32 of the picture, its centre of mass is in the middle.

    The longer side is that of the rectangle around what is visible: above a quarter of the picture's strongest ink. The centre
    of mass is the mean position of all ink, each pixel at its centre (0.5 for the first) and weighing as much as its ink. Of
    several channels, the one with most ink counts at each pixel.

    Shape:
        images: (N, C, H, W) float32, ink on background 0 -> (N, C, image_size, image_size); blank pictures stay blank

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
    """
    # TODO 1.4: the square around each centre of mass, of which the ink's longer side is 20/32
    # ink (N, H, W) and what is visible of it -> the longer side of its rectangle, with `extent`
    # mass, center_y and center_x (N,): sums over rows and columns, weighted with their places
    # show_square(images, center_x, center_y, side, image_size) does the rest
    raise NotImplementedError("TODO 1.4: the square around each centre of mass, of which the ink's longer side is 20/32")


def extent(occupied: Tensor) -> Tensor:
    """From the first to the last true place of each row, both included: (N, L) bool -> (N,) float32; 0 where none is true."""
    places = torch.arange(occupied.shape[1])
    last = torch.where(occupied, places, -1).amax(dim=1)
    first = torch.where(occupied, places, occupied.shape[1]).amin(dim=1)
    return (last - first + 1).clamp(min=0).float()


def show_square(images: Tensor, center_x: Tensor, center_y: Tensor, side: Tensor, image_size: int) -> Tensor:
    """What lies in a square of each picture, enlarged or reduced to image_size (bilinear); 0 outside of the picture.

    Shape:
        images: (N, C, H, W), center_x, center_y, side: (N,) in pixels of these -> (N, C, image_size, image_size)
    """
    height, width = images.shape[-2:]
    places = ((torch.arange(image_size) + 0.5) / image_size - 0.5) * side.unsqueeze(1)  # (N, image_size), 0 at the centre
    x = 2 * (center_x.unsqueeze(1) + places) / width - 1  # in [-1, 1], as grid_sample wants them
    y = 2 * (center_y.unsqueeze(1) + places) / height - 1
    grid = torch.stack(torch.broadcast_tensors(x.unsqueeze(1), y.unsqueeze(2)), dim=3)  # (N, image_size, image_size, 2)
    return F.grid_sample(images, grid, align_corners=False)


# --- Data sets ------------------------------------------------------------------------------------------------------------


def draw_characters(
    alphabet: Alphabet, labels: Tensor, writers: Writers, who: Tensor, image_size: int, generator: Generator
) -> Iterator[Tensor]:
    """Pictures of characters by their writers, batch by batch: (B, 1, image_size, image_size) float32 in [0, 1].

    A writer always uses the same shape of a character.

    Shape:
        labels: (N,) int64, rows of the alphabet; who: (N,) int64, places among the writers
    """
    habits = torch.multinomial(alphabet.usual, len(writers.slant), replacement=True, generator=generator)  # (K, W)
    for part in torch.arange(len(labels)).split(BATCH):
        shape, hand = habits[labels[part], who[part]], who[part]
        written = writers.write(alphabet.points[shape], alphabet.strokes[shape], hand, generator)  # (B, P, 2)
        pen_width = writers.pen_width[hand] * image_size * INK_SHARE  # (B,) pixels
        extent = (written.amax(dim=1) - written.amin(dim=1)).amax(dim=1)
        scale = (image_size * INK_SHARE - pen_width) / extent  # so that the ink, pen included, has the right size
        pixels = (written - written.mean(dim=1, keepdim=True)) * scale.view(-1, 1, 1) + image_size / 2
        pressure = (0.15 * along_the_way(written, 5, generator, axes=1)).exp().squeeze(2)  # (B, P)
        drawn = draw_strokes(pixels, pen_width.unsqueeze(1) * pressure, image_size)
        yield normalize_by_mass(drawn, image_size)


def create_synthetic_samples(
    character_set: str | Sequence[str] = "numbers", per_class: int = 100, *, image_size: int = 32, seed: int = 0
) -> Samples:
    """A balanced data set of drawn characters, the same for the same seed; about 10 characters of each class by one writer.

    Raises:
        ValueError: an unknown set, a character without strokes, fewer than one per class, or pictures below 8 pixels.
    """
    characters = characters_of(character_set)
    if per_class < 1:
        raise ValueError(f"per_class must be at least 1, got {per_class}")
    if image_size < 8:
        raise ValueError(f"image_size must be at least 8, got {image_size}")
    alphabet = alphabet_of(characters)
    generator = Generator().manual_seed(seed)
    writers = Writers.random(max(1, -(-per_class // 10)), generator)
    labels = torch.arange(len(characters)).repeat(per_class)
    who = torch.randint(len(writers.slant), (len(labels),), generator=generator)
    batches = tqdm(
        draw_characters(alphabet, labels, writers, who, image_size, generator),
        total=-(-len(labels) // BATCH),
        desc="drawing",
        unit="batch",
        disable=None,
        leave=False,
    )
    images = torch.cat([(batch * 255).round().to(torch.uint8) for batch in batches])
    return Samples(images, labels, characters, writers=who)


class SyntheticLoader:
    """Batches of characters that were never drawn before, each by another hand, and their labels: an endless training set.

    `normalization` and `augmentation` are step 2's, or anything that is called like them.

    Shape of a batch:
        images: (B, 1, image_size, image_size) float32, normalised
        labels: (B,) int64

    Raises:
        ValueError: as `create_synthetic_samples`, or fewer images per epoch than a batch has.
    """

    def __init__(
        self,
        character_set: str | Sequence[str] = "numbers",
        *,
        normalization: Callable[[Tensor], Tensor],
        augmentation: Callable[[Tensor, Generator], Tensor] | None = None,
        images_per_epoch: int = 20_000,
        batch_size: int = 128,
        image_size: int = 32,
        seed: int = 0,
    ) -> None:
        if not 1 <= batch_size <= images_per_epoch:
            raise ValueError(f"batch_size must lie in 1…{images_per_epoch} (images_per_epoch), got {batch_size}")
        self.classes = characters_of(character_set)
        self.alphabet = alphabet_of(self.classes)
        self.normalization = normalization
        self.augmentation = augmentation
        self.batches = images_per_epoch // batch_size
        self.batch_size = batch_size
        self.image_size = image_size
        self.generator = Generator().manual_seed(seed)
        self.source = f"drawn for each epoch: {''.join(self.classes)}"

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self.batches

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for _ in range(self.batches):
            labels = torch.randint(len(self.classes), (self.batch_size,), generator=self.generator)
            writers, who = Writers.random(self.batch_size, self.generator), torch.arange(self.batch_size)
            drawn = draw_characters(self.alphabet, labels, writers, who, self.image_size, self.generator)
            images = torch.cat(list(drawn))
            if self.augmentation is not None:
                images = self.augmentation(images, self.generator)
            yield self.normalization(images), labels
