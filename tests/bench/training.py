"""Our recipes, and how they are timed."""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from sklearn.model_selection import train_test_split

from handwriting_workshop.data_loader import Splits, make_loaders
from handwriting_workshop.models import create_model
from handwriting_workshop.results import ModelResult
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import embedded_mnist
from handwriting_workshop.trainer import ModelTrainer
from handwriting_workshop.workshop_notebook import DEMO_MODELS
from tests.bench.measure import Run


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A model and how it is trained; what is not said is the default."""

    model: str
    epochs: int
    settings: dict[str, Any] = field(default_factory=dict)
    """Arguments of `ModelTrainer`."""
    loading: dict[str, Any] = field(default_factory=dict)
    """Arguments of `make_loaders`."""


SIMPLE = Recipe(model="simple_cnn", epochs=4)
FASTEST = Recipe(model="fast_cnn", epochs=2, settings={"learning_rate": 0.02}, loading={"batch_size": 48, "augmentation": None})
ACCURATE = Recipe(model="simple_cnn", epochs=26)


def split(seed: int) -> tuple[Samples, Samples]:
    """4,000 training and 1,000 test digits, stratified by scikit-learn; the embedded digits have no duplicates."""
    digits = embedded_mnist()
    places = train_test_split(range(len(digits)), test_size=1000, stratify=digits.labels.numpy(), random_state=seed)
    train_places, test_places = (sorted(part) for part in places)
    return digits[train_places], digits[test_places]


def train(recipe: Recipe, train_samples: Samples, test_samples: Samples, seed: int) -> Run:
    """Train by a recipe; the test images only measure, after each epoch and outside of the time."""
    started = time.perf_counter()
    loaders = make_loaders(Splits(train_samples, test_samples, test_samples), seed=seed, **recipe.loading)
    preparation = time.perf_counter() - started
    torch.manual_seed(seed)
    model = create_model(recipe.model, 10)
    trainer = ModelTrainer(model, seed=seed, patience=recipe.epochs, **recipe.settings)
    history = trainer.train(loaders.train, loaders.validation, epochs=recipe.epochs)
    first, *others = history.seconds
    return Run((first + preparation, *others), history.val_accuracy)


def run_demo(folder: Path, seed: int) -> tuple[float, float, dict[str, float]]:
    """Seconds, peak memory in GB, and test accuracy by model, of one demo as a user starts it."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "handwriting_workshop", "demo", "--out", str(folder), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6  # kilobytes, of the largest child so far
    accuracies = {}
    for config in DEMO_MODELS:
        result = ModelResult.from_json((folder / config["name"] / "result.json").read_bytes())
        accuracies[result.name] = float("nan") if result.evaluation is None else result.evaluation.accuracy
    return seconds, peak, accuracies
