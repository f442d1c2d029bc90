"""How well a network that has seen drawn characters only reads real ones, and how fast characters are drawn."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn
from torchvision.transforms.functional import pil_to_tensor

from handwriting_workshop.data_loader import Augmentation, BatchLoader, Normalization, make_loaders, measure_normalization
from handwriting_workshop.evaluator import ModelEvaluator
from handwriting_workshop.models import create_model
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import embedded_digits8x8, embedded_mnist
from handwriting_workshop.strokes import font_shapes
from handwriting_workshop.synthetic import Alphabet, SyntheticLoader, create_synthetic_samples
from handwriting_workshop.trainer import ModelTrainer

DIGITS = "0123456789"
AUGMENTATION = Augmentation(elastic=0.5)
IMAGES_PER_EPOCH = 20_000
LABEL_SMOOTHING = 0.2


@dataclass(frozen=True)
class Recipe:
    """How long to train, and how much weight decay holds back: the network shall not learn what only drawn digits have."""

    epochs: int
    weight_decay: float

    @property
    def settings(self) -> dict[str, Any]:
        """Of `ModelTrainer`."""
        return {"weight_decay": self.weight_decay, "label_smoothing": LABEL_SMOOTHING}


SHORT, LONG = Recipe(epochs=8, weight_decay=0.2), Recipe(epochs=24, weight_decay=0.5)
"""To compare what is trained on, in a minute each; and the one to use."""


@dataclass(frozen=True)
class Trained:
    """A model that has seen no real image, and how long its training took."""

    model: nn.Module
    normalization: Normalization
    seconds: float

    def accuracy(self, samples: Samples) -> float:
        """On real digits."""
        return ModelEvaluator(self.model).evaluate_dataset(BatchLoader(samples, self.normalization, batch_size=500)).accuracy


def printed_digits(per_class: int, seed: int) -> Samples:
    """What comes to mind first: digits of a printed font, turned by up to 15° either way."""
    font = ImageFont.load_default(size=26)
    angles = 30 * torch.rand(len(DIGITS) * per_class, generator=torch.Generator().manual_seed(seed)) - 15
    images = []
    for place, angle in enumerate(angles.tolist()):
        picture = Image.new("L", (32, 32))
        ImageDraw.Draw(picture).text((16, 16), DIGITS[place % len(DIGITS)], fill=255, font=font, anchor="mm")
        images.append(pil_to_tensor(picture.rotate(angle, resample=Image.Resampling.BICUBIC)))
    return Samples(torch.stack(images), torch.arange(len(DIGITS)).repeat(per_class), tuple(DIGITS))


def train_on_print(seed: int, augmentation: Augmentation | None) -> Trained:
    """The naive way: a fixed set of printed digits."""
    digits = printed_digits(IMAGES_PER_EPOCH // 7, seed)  # 70 % of them are trained on
    loaders = make_loaders(digits, batch_size=128, augmentation=augmentation, seed=seed)
    return _trained(loaders.train, loaders.validation, loaders.normalization, seed, SHORT)


def train_on_strokes(seed: int, augmentation: Augmentation | None, *, one_font: bool = False, recipe: Recipe = SHORT) -> Trained:
    """Digits that are drawn anew for each epoch, from our shapes and the fonts', or from a single font."""
    normalization = measure_normalization(create_synthetic_samples("numbers", 200, seed=seed))
    settings: dict[str, Any] = {"normalization": normalization, "images_per_epoch": IMAGES_PER_EPOCH}
    train = SyntheticLoader(augmentation=augmentation, seed=seed, **settings)
    validation = SyntheticLoader(seed=seed + 1000, normalization=normalization, images_per_epoch=2048)
    if one_font:
        train.alphabet = validation.alphabet = _futural()
    return _trained(train, list(validation), normalization, seed, recipe)


def _futural() -> Alphabet:
    """Each digit in one way only."""
    shapes = [font_shapes(digit, ["futural"]) for digit in DIGITS]
    return Alphabet(
        points=torch.cat([shape.points for shape in shapes]),
        strokes=torch.cat([shape.strokes for shape in shapes]),
        usual=torch.eye(len(DIGITS)),
    )


def _trained(train: Any, validation: Any, normalization: Normalization, seed: int, recipe: Recipe) -> Trained:
    torch.manual_seed(seed)
    model = create_model("simple_cnn", len(DIGITS))
    started = time.perf_counter()
    trainer = ModelTrainer(model, seed=seed, patience=recipe.epochs, **recipe.settings)
    trainer.train(train, validation, epochs=recipe.epochs)
    return Trained(model, normalization, time.perf_counter() - started)


@dataclass(frozen=True)
class WithRealDigits:
    """A few real digits, augmented, beside as many drawn ones in each batch."""

    drawn: SyntheticLoader
    real: Samples

    def __len__(self) -> int:
        return len(self.drawn)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for images, labels in self.drawn:
            chosen = torch.randint(len(self.real), (len(labels),), generator=self.drawn.generator)
            real = AUGMENTATION(self.real.images[chosen].float() / 255, self.drawn.generator)
            both = torch.cat([images, self.drawn.normalization(real)])
            yield both, torch.cat([labels, self.real.labels[chosen]])


def one_real_digit_each(trained: Trained, seed: int) -> float:
    """Accuracy on all other real digits after 150 more steps with one real digit of each class at hand."""
    real = embedded_mnist()
    order = torch.randperm(len(real), generator=torch.Generator().manual_seed(seed))
    first = [int(order[(real.labels[order] == label).nonzero()[0]]) for label in range(len(DIGITS))]
    rest = torch.ones(len(real), dtype=torch.bool)
    rest[first] = False
    loader = SyntheticLoader(
        normalization=trained.normalization, augmentation=AUGMENTATION, images_per_epoch=150 * 64, batch_size=64, seed=seed
    )
    validation = list(SyntheticLoader(seed=seed + 1000, normalization=trained.normalization, images_per_epoch=2048))
    model = create_model("simple_cnn", len(DIGITS))
    model.load_state_dict(trained.model.state_dict())
    trainer = ModelTrainer(model, learning_rate=3e-4, seed=seed, **SHORT.settings)
    trainer.train(WithRealDigits(loader, real[first]), validation, epochs=1)
    return Trained(model, trained.normalization, 0).accuracy(real[rest])


def drawing_speed(repeats: int) -> float:
    """Median images per second of the whole way from shapes to normalised 28×28 pictures, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        loader = SyntheticLoader(normalization=lambda images: images, image_size=28, batch_size=256, images_per_epoch=5120)
        speeds = []
        for _ in range(1 + max(5, repeats)):  # the first warms up
            started = time.perf_counter()
            drawn = sum(len(labels) for _, labels in loader)
            speeds.append(drawn / (time.perf_counter() - started))
    finally:
        torch.set_num_threads(threads)
    return statistics.median(speeds[1:])


def real_digits() -> tuple[Samples, Samples]:
    """The two real sets that come with our packages."""
    return embedded_mnist(), embedded_digits8x8()


def letters_through_the_hub(seed: int) -> list[list[str]]:
    """A table: a network that has seen drawn letters only, on the test part of EMNIST letters (26 classes, both cases in one).

    Public copies differ in whether rows and columns are swapped, so both are tried.
    """
    from handwriting_workshop.sources import from_hub

    name = "tanganke/emnist_letters"
    real = {transposed: from_hub(name, split="test", transposed=transposed) for transposed in (False, True)}
    train, validation = (_Letters(seed=at, images_per_epoch=count) for at, count in ((seed, 40_000), (seed + 1000, 4096)))
    torch.manual_seed(seed)
    model = create_model("simple_cnn", 26)
    ModelTrainer(model, seed=seed).train(train, list(validation), epochs=15)
    rows = [["EMNIST letters, test part", "images", "accuracy"]]
    for transposed, samples in real.items():
        present = samples.class_counts().nonzero()[:, 0]  # some copies count from 1
        if len(present) != 26:
            raise ValueError(f"{name} has {len(present)} classes with images, not 26: look at it first")
        letters = Samples(samples.images, torch.searchsorted(present, samples.labels), tuple("abcdefghijklmnopqrstuvwxyz"))
        accuracy = Trained(model, _Letters.normalization, 0).accuracy(letters)
        rows.append(["rows and columns swapped" if transposed else "as published", f"{len(letters):,}", f"{accuracy:.2%}"])
    return rows


class _Letters:
    """Drawn letters, upper and lower case as one class."""

    normalization = Normalization((0.1,), (0.28,))

    def __init__(self, *, seed: int, images_per_epoch: int) -> None:
        self.drawn = SyntheticLoader(
            "letters", normalization=self.normalization, augmentation=AUGMENTATION, images_per_epoch=images_per_epoch, seed=seed
        )

    def __len__(self) -> int:
        return len(self.drawn)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for images, labels in self.drawn:
            yield images, labels % 26
