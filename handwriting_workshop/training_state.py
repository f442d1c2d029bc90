"""What a training needs around its steps: a growing history, and the parts of checkpoints that are no lesson."""

import os
import re
from collections.abc import Mapping, Sized
from dataclasses import replace
from typing import Any

from torch import nn

from handwriting_workshop.checkpoints import ModelCard, software_versions
from handwriting_workshop.results import History
from handwriting_workshop.samples import Samples


def with_epoch(history: History, *, best_epoch: int, stopped_early: bool, **figures: float) -> History:
    """The history with one more epoch: a figure for each of its columns, by name."""
    columns: dict[str, Any] = {name: (*history[name], figure) for name, figure in figures.items()}
    return replace(history, **columns, best_epoch=best_epoch, stopped_early=stopped_early)


def fingerprint(loader: Any) -> str:
    """What tells two loaders apart: a digest of our samples, or else the number of images or batches, and how they are fed."""
    samples, dataset = getattr(loader, "samples", None), getattr(loader, "dataset", loader)
    if isinstance(samples, Samples):
        what = f"{len(samples)} images, {samples.digest()[:12]}"
    else:
        what = f"{len(dataset)} items" if isinstance(dataset, Sized) else "unknown"
    names = ("classes", "image_size", "batch_size", "shuffle", "augmentation", "normalization")
    how = ", ".join([what, *(f"{name} {getattr(loader, name)}" for name in names if hasattr(loader, name))])
    return re.sub(r" at 0x[0-9a-fA-F]+", "", how)  # where a function lies is another place in each process


def check_same_settings(path: str | os.PathLike[str], then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on from a training with other settings or other data.

    Raises:
        ValueError: some differ; the text says which.
    """
    changed = [f"{name} {then.get(name)} -> {value}" for name, value in now.items() if value != then.get(name)]
    if changed:
        raise ValueError(f"{path} belongs to another training ({'; '.join(changed)}); train in a new folder")


def loader_state(loader: Any) -> Any:
    """A loader's own random state: of our `BatchLoader`, or of a `DataLoader` with a generator; None for any other."""
    if hasattr(loader, "state_dict"):
        return loader.state_dict()
    generator = getattr(loader, "generator", None)
    return None if generator is None else generator.get_state()


def load_loader_state(loader: Any, state: Any) -> None:
    """Give a loader back what `loader_state` returned."""
    if hasattr(loader, "load_state_dict"):
        loader.load_state_dict(state)
    elif state is not None:
        loader.generator.set_state(state)


def model_card(model: nn.Module, loader: Any, metrics: Mapping[str, float]) -> ModelCard:
    """The card of a model that was trained on this loader: all that prediction needs, as far as it is known."""
    normalization = getattr(loader, "normalization", None)
    return ModelCard(
        spec=getattr(model, "spec", None),
        classes=getattr(loader, "classes", None),
        mean=getattr(normalization, "mean", None),
        std=getattr(normalization, "std", None),
        data=getattr(loader, "source", ""),
        metrics=dict(metrics),
        versions=software_versions(),
    )
