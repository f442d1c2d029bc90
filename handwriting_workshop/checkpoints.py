"""Trained weights on disk: a safetensors file whose card says everything that prediction needs."""

import contextlib
import io
import math
import os
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from handwriting_workshop.results import Record

POLARITY = "ink 255 on 0"


@dataclass(frozen=True, kw_only=True)
class ModelSpec(Record):
    """The arguments of `create_model`; a model that it built carries them as `model.spec`."""

    name: str
    num_classes: int
    image_size: int
    in_channels: int


@dataclass(frozen=True, kw_only=True)
class ModelCard(Record):
    """What a checkpoint says about itself. Unknown things are None or empty."""

    spec: ModelSpec | None = None
    classes: tuple[str, ...] | None = None
    mean: tuple[float, ...] | None = None
    """Per channel, of pixels scaled to [0, 1]."""
    std: tuple[float, ...] | None = None
    polarity: str = POLARITY
    data: str = ""
    """Where the training images came from."""
    metrics: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """A trained model, in eval mode on the CPU, and its card."""

    model: nn.Module
    card: ModelCard

    @property
    def spec(self) -> ModelSpec:
        """What the model was built with."""
        if self.card.spec is None:
            raise ValueError("this checkpoint does not say which model it holds")
        return self.card.spec

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; their numbers where the names are not known."""
        return self.card.classes or tuple(map(str, range(self.spec.num_classes)))

    @property
    def normalization(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and standard deviation that the model expects its images to be normalised with.

        Raises:
            ValueError: the card does not say.
        """
        if self.card.mean is None or self.card.std is None:
            raise ValueError("this checkpoint does not say how its images were normalised; train with make_loaders' loaders")
        return self.card.mean, self.card.std

    @torch.inference_mode()
    def predict(self, images: Tensor) -> Tensor:
        """Class probabilities of images that are normalised as in `Samples`.

        Shape:
            images: (N, C, H, W) uint8, ink 255 on 0 -> (N, num_classes) float32, rows sum to 1

        Raises:
            ValueError: the card does not say how the training images were normalised.
        """
        mean, std = (torch.tensor(figures).view(1, -1, 1, 1) for figures in self.normalization)
        logits = [self.model((batch.float() / 255 - mean) / std) for batch in images.split(256)]
        return torch.cat(logits).float().softmax(dim=1)


def software_versions() -> dict[str, str]:
    """The versions that a result depends on."""
    import platform
    from importlib.metadata import version

    packages = ("torchvision", "timm", "handwriting-workshop")
    return {"python": platform.python_version(), "torch": str(torch.__version__)} | {name: version(name) for name in packages}


def save_checkpoint(path: str | os.PathLike[str], state: Mapping[str, Tensor], card: ModelCard) -> Path:
    """Write weights (a `state_dict`) and their card, all of it or nothing."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    return write_atomically(path, save(tensors, metadata={"card": card.to_json()}))


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """The model that a checkpoint describes, with its weights.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a checkpoint of the workshop, one of a model that `create_model` did not build, or weights that are no
            finite numbers.
    """
    from handwriting_workshop.models import create_model

    path = Path(path)
    if not path.is_file():
        inside = sorted(path.rglob("best.safetensors")) if path.is_dir() else []
        within = f"give the file, such as {inside[0]}" if inside else "there is no best.safetensors in it"
        hint = f": it is a folder; {within}" if path.is_dir() else ""
        raise FileNotFoundError(f"no checkpoint at {path}{hint}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dictionary
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or no safetensors file ({error})") from None
    if "card" not in metadata:
        raise ValueError(f"{path} has no card: it was not written by the workshop")
    try:
        card = ModelCard.from_json(metadata["card"])
    except ValueError as error:
        raise ValueError(f"the card of {path} is damaged ({error})") from None
    if card.spec is None:
        raise ValueError(f"{path} holds a model that create_model did not build; load it with safetensors.torch.load_file")
    for what, entries, number in (
        ("class names", card.classes, card.spec.num_classes),
        ("means", card.mean, card.spec.in_channels),
        ("standard deviations", card.std, card.spec.in_channels),
    ):
        if entries is not None and len(entries) != number:
            raise ValueError(f"the card of {path} is damaged: {len(entries)} {what} for a model of {number}")
    if card.std is not None and not all(0 < deviation < math.inf for deviation in card.std):
        raise ValueError(f"the card of {path} is damaged: standard deviations of {card.std}")
    if broken := [name for name, tensor in state.items() if not tensor.isfinite().all()]:
        raise ValueError(f"{path} has weights that are no finite numbers ({broken[0]}); did its training diverge?")
    try:
        model = create_model(**card.spec)
        model.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"{path} does not hold the weights of the model that its card describes ({reason})") from None
    return Checkpoint(model.eval(), card)


def save_training_state(path: str | os.PathLike[str], state: Mapping[str, Any]) -> Path:
    """Write the state of a training, all of it or nothing, in a form that `load_training_state` accepts."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return write_atomically(path, buffer.getvalue())


def load_training_state(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `save_training_state` wrote, on the CPU. Only tensors and plain values are accepted, never code.

    Raises:
        ValueError: a damaged file, or one that holds more than tensors and plain values.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        found = re.search(r"GLOBAL ([\w.]+)", str(error))  # PyTorch's own text is a page long, and offers to run what is in it
        why = f"there is an object of the class {found[1]} in it" if found else str(error).partition("\n")[0]
        raise ValueError(f"{path} is damaged, or no training state ({why}); delete it to start again") from None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is no training state, but a {type(state).__name__}; delete it to start again")
    return state


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """Replace a file in one step: whoever reads it, or a power cut, finds the old content or the new, never half of it.

    Raises:
        OSError: it could not be written; the old content is untouched.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:  # also Ctrl-C
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        kept = "; the file from before is untouched" if path.exists() else ""
        is_in_file = isinstance(error, FileExistsError | NotADirectoryError)
        reason = f"{path.parent} is no folder" if is_in_file else error.strerror
        raise OSError(error.errno, f"could not write {path}: {reason}{kept}") from error
    return path
