"""Step 4: from a model and batches to a trained model: schedule, early stopping, mixed precision, checkpoints, resume.

`trainer.py` trains several models in one go. Ready-made: optimisers (PyTorch, timm), progress bars (tqdm), file formats
(safetensors).
"""

import contextlib
import math
import os
import time
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm.auto import tqdm

from handwriting_workshop.checkpoints import (
    ModelCard,
    load_training_state,
    save_checkpoint,
    save_training_state,
    software_versions,
)
from handwriting_workshop.devices import (
    choose_device,
    choose_precision,
    isolated_random_state,
    random_state,
    restore_random_state,
)
from handwriting_workshop.results import History
from handwriting_workshop.samples import Samples, check_labels

if TYPE_CHECKING:
    pass

Loader = Iterable[tuple[Tensor, Tensor]]
OptimizerName = Literal["adamw", "sgd", "muon"]
Schedule = Literal["one_cycle", "cosine", "constant"]


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a finite number; the model holds the best weights from before."""


# --- The ideas, one function each -----------------------------------------------------------------------------------------


def learning_rate_factor(schedule: Schedule, progress: float) -> float:
    """The share of the peak learning rate after a share of the training, both in [0, 1].

    `one_cycle` rises in a straight line for the first quarter and falls in a straight line to zero (Smith 2018,
    arXiv:1803.09820); `cosine` rises for 5 % and falls along half a cosine (Loshchilov and Hutter 2016, arXiv:1608.03983).
    """
    if schedule == "constant":
        return 1.0
    warmup = 0.25 if schedule == "one_cycle" else 0.05
    if progress < warmup:
        return progress / warmup
    remaining = (1 - progress) / (1 - warmup)
    return remaining if schedule == "one_cycle" else 0.5 - 0.5 * math.cos(math.pi * remaining)


@dataclass
class EarlyStopping:
    """Remembers the best epoch, and says when too many have passed without a better one.

    Better is a higher validation accuracy or, at the same accuracy, a lower validation loss.
    """

    patience: int
    """Epochs without improvement before training stops."""
    best_epoch: int = 0
    best_accuracy: float = -1.0
    best_loss: float = math.inf
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def update(self, epoch: int, loss: float, accuracy: float, model: nn.Module) -> bool:
        """Take note of an epoch; whether it is the best so far."""
        if (accuracy, -loss) <= (self.best_accuracy, -self.best_loss):
            return False
        self.best_epoch, self.best_accuracy, self.best_loss = epoch, accuracy, loss
        self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        return True

    def should_stop(self, epoch: int) -> bool:
        """Whether the best epoch lies `patience` epochs back."""
        return epoch - self.best_epoch >= self.patience

    def restore(self, model: nn.Module) -> None:
        """Give the model its best weights back; before the first epoch there are none."""
        if self.best_weights:
            model.load_state_dict(self.best_weights)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser: weight decay on matrices and filters, none on biases and normalisation weights."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trainable if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.inference_mode()
def evaluate_loss(model: nn.Module, loader: Loader, device: torch.device | str = "cpu") -> tuple[float, float]:
    """Mean cross-entropy and accuracy over a loader, in eval mode (dropout off, batch norm with its running statistics).

    Raises:
        ValueError: the loader yields nothing.
    """
    was_training = model.training
    model.eval()
    loss_sum, correct, seen = 0.0, 0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images).float()  # (B, num_classes)
        check_labels(labels, logits.shape[1])
        loss_sum += F.cross_entropy(logits, labels, reduction="sum").item()
        correct += int((logits.argmax(dim=1) == labels).sum())
        seen += len(labels)
    model.train(was_training)
    if seen == 0:
        raise ValueError("the validation loader yields no batches")
    return loss_sum / seen, correct / seen


# --- One model ------------------------------------------------------------------------------------------------------------

DEFAULT_LEARNING_RATES: dict[str, float] = {"adamw": 3e-3, "sgd": 0.05, "muon": 0.02}
"""Peak learning rates that train the convolutional models well; a Vision Transformer wants about a third."""


class ModelTrainer:
    """Trains a model and keeps its best weights.

    Afterwards the model holds the weights of the epoch with the highest validation accuracy, in eval mode, on its training
    device. With a `folder`, `best.safetensors` and `last.pt` are kept up to date in it; `resume=True` goes on from `last.pt`
    and ends with the same weights, bit for bit, as a training that was never interrupted (on the same device, thread count
    and versions).

    Raises:
        ValueError: an unknown device, precision, optimiser or schedule, or a setting out of its range.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        device: str = "auto",
        precision: str = "auto",
        optimizer: OptimizerName = "adamw",
        learning_rate: float | None = None,
        weight_decay: float = 0.01,
        schedule: Schedule = "one_cycle",
        label_smoothing: float = 0.1,
        clip_norm: float = 1.0,
        patience: int = 10,
        seed: int = 0,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        if optimizer not in DEFAULT_LEARNING_RATES:
            raise ValueError(f"unknown optimizer {optimizer!r}; choose one of: {', '.join(DEFAULT_LEARNING_RATES)}")
        if schedule not in ("one_cycle", "cosine", "constant"):
            raise ValueError(f"unknown schedule {schedule!r}; choose one of: one_cycle, cosine, constant")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing must lie in [0, 1), got {label_smoothing}")
        for name, value in (("learning_rate", learning_rate), ("clip_norm", clip_norm), ("patience", patience)):
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, got {value}")
        self.model = model
        self.device = choose_device(device)
        self.precision = choose_precision(precision, model, self.device)
        self.optimizer_name = optimizer
        self.learning_rate = DEFAULT_LEARNING_RATES[optimizer] if learning_rate is None else learning_rate
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.label_smoothing = label_smoothing
        self.clip_norm = clip_norm
        self.patience = patience
        self.seed = seed
        self.folder = None if folder is None else Path(folder)
        self.history = History()

    def train(self, train_loader: Loader, val_loader: Loader, *, epochs: int = 10, resume: bool = False) -> History:
        """Train until the epochs are over or early stopping says so; the history of what happened.

        With `resume` and a checkpoint in the folder, go on from there; without a checkpoint, start from the beginning.
        Global random generators are seeded within and left as they were.

        Raises:
            ValueError: fewer than one epoch, a loader that yields nothing, labels the model has no class for, or a
                checkpoint of a training with other settings or other data.
            TrainingDivergedError: a loss or gradient became NaN or infinite; the model holds the best weights from before.
            OSError: a checkpoint could not be written; the previous one is untouched.
        """
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {epochs}")
        if resume and self.folder is None:
            raise ValueError("resume=True needs a folder: ModelTrainer(model, folder=…)")
        self.model.to(self.device)
        self.model.to(memory_format=torch.channels_last)  # convolutions run faster so
        optimizer = make_optimizer(self.optimizer_name, self.model, self.learning_rate, self.weight_decay)
        batches = len(train_loader) if isinstance(train_loader, Sized) else sum(1 for _ in train_loader)
        total_steps = max(1, epochs * batches)
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: learning_rate_factor(self.schedule, min(1.0, (step + 0.5) / total_steps))
        )
        stopping = EarlyStopping(self.patience)
        self.history = History()
        with isolated_random_state(self.seed), self._leaving_best_weights(stopping):
            settings = self._settings(epochs, train_loader, val_loader)
            if resume:
                self._load_state(optimizer, scheduler, stopping, train_loader, settings)
            first = self.history.epochs + 1
            with tqdm(total=epochs * batches, initial=(first - 1) * batches, unit="batch", disable=None, leave=False) as bar:
                for epoch in range(first, epochs + 1):
                    if self.history.stopped_early:
                        break
                    started = time.perf_counter()
                    loss, accuracy = self._train_epoch(train_loader, optimizer, scheduler, epoch, bar)
                    seconds = time.perf_counter() - started
                    val_loss, val_accuracy = evaluate_loss(self.model, val_loader, self.device)
                    if not math.isfinite(val_loss):
                        raise self._diverged(f"the validation loss is {val_loss} after epoch {epoch}")
                    improved = stopping.update(epoch, val_loss, val_accuracy, self.model)
                    self.history = replace(
                        self.history,
                        train_loss=(*self.history.train_loss, loss),
                        train_accuracy=(*self.history.train_accuracy, accuracy),
                        val_loss=(*self.history.val_loss, val_loss),
                        val_accuracy=(*self.history.val_accuracy, val_accuracy),
                        learning_rate=(*self.history.learning_rate, float(scheduler.get_last_lr()[0])),
                        seconds=(*self.history.seconds, seconds),
                        best_epoch=stopping.best_epoch,
                        stopped_early=stopping.should_stop(epoch) and epoch < epochs,
                    )
                    bar.set_description(f"epoch {epoch}/{epochs}, validation {val_accuracy:.1%}")
                    if improved:
                        self._save_best(train_loader, val_accuracy, val_loss)
                    self._save_state(optimizer, scheduler, stopping, train_loader, settings)
        return self.history

    def _train_epoch(
        self,
        loader: Loader,
        optimizer: torch.optim.Optimizer,
        scheduler: torch.optim.lr_scheduler.LambdaLR,
        epoch: int,
        bar: "tqdm[Any]",
    ) -> tuple[float, float]:
        """One pass over the training images; mean loss and accuracy on the way."""
        self.model.train()
        loss_sum, correct, seen = 0.0, 0, 0
        for step, (images, labels) in enumerate(loader, start=1):
            images = images.to(self.device, memory_format=torch.channels_last)
            optimizer.zero_grad()
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == torch.bfloat16):
                logits = self.model(images)  # (B, num_classes)
            check_labels(labels, logits.shape[1])
            labels = labels.to(self.device)
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.label_smoothing)  # mean over the batch
            loss.backward()
            gradient_norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
            for name, value in (("loss", loss.item()), ("gradient's norm", gradient_norm.item())):
                if not math.isfinite(value):  # before the step: one such gradient would spoil all weights
                    raise self._diverged(f"the {name} is {value} at step {step} of epoch {epoch}")
            optimizer.step()
            scheduler.step()
            loss_sum += loss.item() * len(labels)  # so that a short last batch counts only for its images
            correct += int((logits.argmax(dim=1) == labels).sum())
            seen += len(labels)
            bar.update()
        if seen == 0:
            raise ValueError("the training loader yields no batches; it must be one that can be iterated over in every epoch")
        return loss_sum / seen, correct / seen

    def _diverged(self, problem: str) -> TrainingDivergedError:
        """The error for a loss that is no number."""
        return TrainingDivergedError(
            f"{problem}; the model holds its best weights from before. "
            f"Try a lower learning_rate (it was {self.learning_rate:g}), and look for NaN in the images"
        )

    @contextlib.contextmanager
    def _leaving_best_weights(self, stopping: EarlyStopping) -> Iterator[None]:
        """However training ends (also by an error or Ctrl-C), the model then holds its best weights, in eval mode."""
        try:
            yield
        finally:
            stopping.restore(self.model)
            self.model.eval()

    def _save_best(self, loader: Loader, val_accuracy: float, val_loss: float) -> None:
        """Write `best.safetensors` with a card that says all that prediction needs."""
        if self.folder is None:
            return
        normalization = getattr(loader, "normalization", None)
        card = ModelCard(
            spec=getattr(self.model, "spec", None),
            classes=getattr(loader, "classes", None),
            mean=getattr(normalization, "mean", None),
            std=getattr(normalization, "std", None),
            data=getattr(loader, "source", ""),
            metrics={"val_accuracy": val_accuracy, "val_loss": val_loss},
            versions=software_versions(),
        )
        save_checkpoint(self.folder / "best.safetensors", self.model.state_dict(), card)

    def _settings(self, epochs: int, train_loader: Loader, val_loader: Loader) -> dict[str, Any]:
        """What must be the same for a training to be resumed."""
        names = (
            "optimizer_name",
            "learning_rate",
            "weight_decay",
            "schedule",
            "label_smoothing",
            "clip_norm",
            "patience",
            "seed",
        )
        return {
            "model": str(getattr(self.model, "spec", type(self.model).__name__)),
            "epochs": epochs,
            "precision": str(self.precision),
            "training data": fingerprint(train_loader),
            "validation data": fingerprint(val_loader),
            **{name: getattr(self, name) for name in names},
        }

    def _save_state(
        self,
        optimizer: torch.optim.Optimizer,
        scheduler: torch.optim.lr_scheduler.LambdaLR,
        stopping: EarlyStopping,
        loader: Any,
        settings: dict[str, Any],
    ) -> None:
        """Write `last.pt`: everything that the rest of the training depends on."""
        if self.folder is None:
            return
        state = {
            "settings": settings,
            "model": self.model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": {"last_epoch": scheduler.last_epoch},
            "stopping": {name: getattr(stopping, name) for name in ("best_epoch", "best_accuracy", "best_loss", "best_weights")},
            "history": self.history.to_json(),
            "loader": _loader_state(loader),
            "random": random_state(),
        }
        save_training_state(self.folder / "last.pt", state)

    def _load_state(
        self,
        optimizer: torch.optim.Optimizer,
        scheduler: torch.optim.lr_scheduler.LambdaLR,
        stopping: EarlyStopping,
        loader: Any,
        settings: dict[str, Any],
    ) -> None:
        """Go on from `last.pt`, if there is one."""
        if self.folder is None or not (self.folder / "last.pt").exists():
            return
        path = self.folder / "last.pt"
        state = load_training_state(path)
        then = state["settings"]
        changed = [f"{name} {then.get(name)} -> {value}" for name, value in settings.items() if value != then.get(name)]
        if changed:
            raise ValueError(f"{path} belongs to another training ({'; '.join(changed)}); train in a new folder")
        self.model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.last_epoch = state["scheduler"]["last_epoch"]
        for name, value in state["stopping"].items():
            setattr(stopping, name, value)
        self.history = History.from_json(state["history"])
        _load_loader_state(loader, state["loader"])
        restore_random_state(state["random"])


def make_optimizer(name: OptimizerName, model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW, SGD with Nesterov momentum, or Muon (Jordan 2024; in timm's version, AdamW for biases and normalisations)."""
    groups = parameter_groups(model, weight_decay)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=learning_rate, momentum=0.9, nesterov=True)
    if name == "muon":
        from timm.optim.muon import Muon

        return Muon(groups, lr=learning_rate, nesterov=True)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def fingerprint(loader: Any) -> str:
    """What tells the data of two loaders apart: a digest of our samples, or else the number of images or batches."""
    samples = getattr(loader, "samples", None)
    if isinstance(samples, Samples):
        return f"{len(samples)} images, {samples.digest()[:12]}"
    dataset = getattr(loader, "dataset", loader)
    return f"{len(dataset)} items" if isinstance(dataset, Sized) else "unknown"


def _loader_state(loader: Any) -> Any:
    """A loader's own random state, if it has one: our `BatchLoader`, or a `DataLoader` with a generator."""
    if hasattr(loader, "state_dict"):
        return loader.state_dict()
    generator = getattr(loader, "generator", None)
    return None if generator is None else generator.get_state()


def _load_loader_state(loader: Any, state: Any) -> None:
    """Give a loader back what `_loader_state` returned."""
    if hasattr(loader, "load_state_dict"):
        loader.load_state_dict(state)
    elif state is not None:
        loader.generator.set_state(state)
