"""Step 1: from strokes to handwriting: characters drawn as a pen would, by writers who differ.

A printed font teaches a model printing. Handwriting is strokes, so it is drawn from strokes here: the single-line fonts that
A. V. Hershey digitised in 1967 (package Hershey-Fonts). A character is a list of points along its strokes; a writer slants,
stretches and bends it; a pen leaves ink around every point; and the picture is normalised as real data sets are. All of it
happens on whole batches of tensors.
"""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from tqdm.auto import tqdm

from handwriting_workshop.samples import Samples

CHARACTER_SETS: dict[str, str] = {
    "numbers": string.digits,
    "uppercase_letters": string.ascii_uppercase,
    "lowercase_letters": string.ascii_lowercase,
    "letters": string.ascii_uppercase + string.ascii_lowercase,
    "symbols": "+-*/=<>()[]{}!?@#$%&",
    "mixed": string.digits + string.ascii_uppercase + string.ascii_lowercase,
}

FONTS = ("futural", "rowmans", "cursive")
"""The Hershey fonts with one line per stroke; the others draw outlines, or have no Latin letters."""

POINTS = 96
"""Points along a character. The ink of neighbours must overlap: at 20 pixels of height they lie at most 0.7 pixels apart."""

INK_SHARE = 20 / 32
"""The longer side of a character, as a share of the picture (LeCun et al. 1998: 20 of MNIST's 28 pixels, which we pad to 32)."""

BATCH = 2048


# --- Strokes --------------------------------------------------------------------------------------------------------------


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


@cache
def stroke_shapes(character: str) -> Tensor:
    """The ways to write a character: (S, POINTS, 2) float32, (x, y) with y downwards, the longer side 1, centre at 0.

    Raises:
        ValueError: no font has the character.
    """
    shapes = [resample_strokes(strokes) for font in FONTS if (strokes := _font_strokes(font).get(character))]
    if not shapes:
        raise ValueError(
            f"there are no strokes for {character!r}: the stroke fonts have the printable ASCII characters; "
            "collect samples of others with a sample sheet (workshop sheet)"
        )
    return torch.stack(shapes).unique(dim=0)


@cache
def _font_strokes(font: str) -> dict[str, list[list[tuple[float, float]]]]:
    """Character -> its strokes as lists of (x, y)."""
    from HersheyFonts import HersheyFonts

    fonts = HersheyFonts()
    fonts.load_default_font(font)
    return {character: list(fonts.strokes_for_text(character)) for character in string.printable.strip()}


def resample_strokes(strokes: Sequence[Sequence[tuple[float, float]]]) -> Tensor:
    """POINTS points, evenly spaced along all strokes together; (POINTS, 2), the longer side 1, centre at 0."""
    lines = [torch.tensor(stroke, dtype=torch.float64) for stroke in strokes]
    starts = torch.cat([line[:-1] for line in lines])  # (L, 2) the straight pieces of all strokes
    ends = torch.cat([line[1:] for line in lines])
    lengths = (ends - starts).norm(dim=1)
    until = lengths.cumsum(dim=0)
    positions = (torch.arange(POINTS) + 0.5) / POINTS * until[-1]
    piece = torch.searchsorted(until, positions).clamp(max=len(lengths) - 1)
    along = 1 - (until[piece] - positions) / lengths[piece].clamp(min=1e-9)
    points = torch.lerp(starts[piece], ends[piece], along.unsqueeze(1))
    low, high = points.amin(dim=0), points.amax(dim=0)
    return ((points - (low + high) / 2) / (high - low).max()).float()


# --- Writers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Writers:
    """How each of W people writes; all fields (W,) float32."""

    slant: Tensor
    """Horizontal shift per unit of height; 0.3 leans to the right by 17°."""
    aspect: Tensor
    """Width over the font's width."""
    tilt: Tensor
    """Rotation in radians."""
    pen_width: Tensor
    """Share of the character's longer side."""
    shakiness: Tensor
    """Strength of the bends that differ from character to character, as a share of the size."""

    @classmethod
    def random(cls, count: int, generator: Generator) -> "Writers":
        """People who do not know each other."""
        normal, uniform = torch.randn(3, count, generator=generator), torch.rand(2, count, generator=generator)
        return cls(
            slant=0.12 + 0.18 * normal[0],
            aspect=(0.2 * normal[1]).exp().clamp(0.6, 1.6),
            tilt=0.08 * normal[2],
            pen_width=0.05 + 0.09 * uniform[0],
            shakiness=0.02 + 0.07 * uniform[1],
        )

    def write(self, points: Tensor, who: Tensor, generator: Generator) -> Tensor:
        """Shapes as these people write them, a little different each time.

        Shape:
            points: (N, POINTS, 2), who: (N,) int64 -> (N, POINTS, 2)
        """
        slant = self.slant[who] + 0.06 * torch.randn(len(who), generator=generator)
        tilt = self.tilt[who] + 0.06 * torch.randn(len(who), generator=generator)
        aspect = self.aspect[who] * (0.08 * torch.randn(len(who), generator=generator)).exp()
        cos, sin = tilt.cos(), tilt.sin()
        lean = torch.stack(
            [torch.stack([aspect, -slant], dim=1), torch.stack([torch.zeros_like(slant), torch.ones_like(slant)], dim=1)], dim=1
        )
        turn = torch.stack([torch.stack([cos, -sin], dim=1), torch.stack([sin, cos], dim=1)], dim=1)
        written = points @ (turn @ lean).transpose(1, 2)  # (N, POINTS, 2)
        strength = self.shakiness[who].view(-1, 1, 1)
        return written + strength * (smooth_bends(written, generator) + 0.4 * unsteadiness(written, generator))


def smooth_bends(points: Tensor, generator: Generator) -> Tensor:
    """How a random smooth map of the plane moves points: neighbours in the picture move together; (N, P, 2)."""
    knots = torch.randn(len(points), 2, 4, 4, generator=generator)
    at = points.unsqueeze(1).clamp(-1, 1)  # (N, 1, P, 2) positions in the map
    return F.grid_sample(knots, at, mode="bicubic", padding_mode="border", align_corners=True).squeeze(2).transpose(1, 2)


def unsteadiness(points: Tensor, generator: Generator) -> Tensor:
    """How a hand trembles on its way: neighbours on the stroke move together; (N, P, 2)."""
    knots = torch.randn(len(points), 2, 12, generator=generator)
    return F.interpolate(knots, size=points.shape[1], mode="linear", align_corners=True).transpose(1, 2)


# --- Ink ------------------------------------------------------------------------------------------------------------------


def draw_strokes(points: Tensor, pen_width: Tensor, image_size: int) -> Tensor:
    """Pictures of points, each a soft round spot of ink: 1 where spots overlap, 0 far from all.

    A Gaussian spot is a column profile times a row profile, so a picture of P spots is one matrix product.

    Shape:
        points: (N, P, 2) in pixels, pen_width: (N,) in pixels -> (N, 1, image_size, image_size) float32 in [0, 1]
    """
    pixels = torch.arange(image_size) + 0.5
    spread = (pen_width / 2.5).view(-1, 1, 1)
    columns = (-0.5 * ((points[..., 0:1] - pixels) / spread) ** 2).exp()  # (N, P, image_size)
    rows = (-0.5 * ((points[..., 1:2] - pixels) / spread) ** 2).exp()
    ink = rows.transpose(1, 2) @ columns  # (N, image_size, image_size)
    return (1 - (-1.2 * ink).exp()).unsqueeze(1)


def normalize_by_mass(images: Tensor, image_size: int = 32) -> Tensor:
    """Pictures as MNIST has them: the ink's longer side fills 20/32 of the picture, its centre of mass is in the middle.

    Shape:
        images: (N, C, H, W) float32, ink on background 0 -> (N, C, image_size, image_size); blank pictures stay blank

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section III.A.
    """
    height, width = images.shape[-2:]
    ink = images.amax(dim=1)  # (N, H, W)
    visible = ink > 0.25 * ink.amax(dim=(1, 2), keepdim=True)
    box_height, box_width = _extent(visible.any(dim=2)), _extent(visible.any(dim=1))  # (N,) pixels
    longer = torch.maximum(box_height, box_width).clamp(min=1)
    mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
    center_y = (ink.sum(dim=2) * (torch.arange(height) + 0.5)).sum(dim=1) / mass
    center_x = (ink.sum(dim=1) * (torch.arange(width) + 0.5)).sum(dim=1) / mass
    pixels = longer / INK_SHARE  # what is shown: a square of so many source pixels around the centre of mass
    zero = torch.zeros_like(pixels)
    matrices = torch.stack(
        [
            torch.stack([pixels / width, zero, 2 * center_x / width - 1], dim=1),
            torch.stack([zero, pixels / height, 2 * center_y / height - 1], dim=1),
        ],
        dim=1,
    )  # (N, 2, 3)
    shape = [len(images), images.shape[1], image_size, image_size]
    return F.grid_sample(images, F.affine_grid(matrices, shape, align_corners=False), align_corners=False)


def _extent(occupied: Tensor) -> Tensor:
    """(N, L) bool -> (N,) float32: from the first to the last true place, both included."""
    places = torch.arange(occupied.shape[1])
    last = torch.where(occupied, places, -1).amax(dim=1)
    first = torch.where(occupied, places, occupied.shape[1]).amin(dim=1)
    return (last - first + 1).clamp(min=0).float()


# --- Data sets ------------------------------------------------------------------------------------------------------------


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
    if missing := [character for character in characters if not _has_strokes(character)]:
        raise ValueError(
            f"there are no strokes for: {', '.join(map(repr, missing))}; leave them out, "
            "or collect them with a sample sheet (workshop sheet)"
        )
    generator = Generator().manual_seed(seed)
    writers = Writers.random(max(1, -(-per_class // 10)), generator)
    labels = torch.arange(len(characters)).repeat(per_class)
    who = torch.randint(len(writers.slant), (len(labels),), generator=generator)
    batches = tqdm(
        _draw_batches(characters, labels, who, writers, image_size, generator),
        total=-(-len(labels) // BATCH),
        desc="drawing",
        unit="batch",
        disable=None,
        leave=False,
    )
    return Samples(torch.cat(list(batches)), labels, characters, writers=who)


def _has_strokes(character: str) -> bool:
    return any(_font_strokes(font).get(character) for font in FONTS)


def _draw_batches(
    characters: Sequence[str], labels: Tensor, who: Tensor, writers: Writers, image_size: int, generator: Generator
) -> Iterator[Tensor]:
    """(B, 1, image_size, image_size) uint8 pictures, batch by batch; a writer always uses the same shape of a character."""
    shapes = [stroke_shapes(character) for character in characters]
    habits = torch.randint(2**31, (len(writers.slant), len(characters)), generator=generator)
    for part in torch.arange(len(labels)).split(BATCH):
        choice = habits[who[part], labels[part]].tolist()
        points = torch.stack(
            [shapes[label][pick % len(shapes[label])] for label, pick in zip(labels[part].tolist(), choice, strict=True)]
        )
        written = writers.write(points, who[part], generator)
        extent = (written.amax(dim=1) - written.amin(dim=1)).amax(dim=1)  # (B,)
        pen_width = writers.pen_width[who[part]] * image_size * INK_SHARE
        scale = (image_size * INK_SHARE - pen_width) / extent  # so that the ink, pen included, has the right size
        pixels = (written - written.mean(dim=1, keepdim=True)) * scale.view(-1, 1, 1) + image_size / 2
        drawn = draw_strokes(pixels, pen_width, image_size)
        yield (normalize_by_mass(drawn, image_size) * 255).round().to(torch.uint8)
