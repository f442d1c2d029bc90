"""Step 4: a model and batches become a trained model: the ideas of `training.py` put together, with checkpoints and resume.

`trainer.py` trains several models in one go. Ready-made: optimisers (PyTorch, timm), progress bars (tqdm), file formats
(safetensors).
"""

import contextlib
import math
import os
import time
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from handwriting_workshop.checkpoints import load_training_state, save_checkpoint, save_training_state
from handwriting_workshop.devices import (
    choose_device,
    choose_precision,
    isolated_random_state,
    random_state,
    restore_random_state,
)
from handwriting_workshop.optimizers import DEFAULT_LEARNING_RATES, OptimizerName, make_optimizer
from handwriting_workshop.results import History
from handwriting_workshop.training import (
    EarlyStopping,
    Loader,
    Schedule,
    TrainingDivergedError,
    evaluate_loss,
    learning_rate_factor,
    train_epoch,
)
from handwriting_workshop.training_state import (
    check_same_settings,
    fingerprint,
    load_loader_state,
    loader_state,
    model_card,
    with_epoch,
)


@dataclass
class Training:
    """All that changes while a model is trained: who has its state can go on as if nothing had happened."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: LambdaLR
    stopping: EarlyStopping
    loader: Any
    """The training batches; `loader_state` and `load_loader_state` get and set the random generator that shuffles them."""
    history: History = field(default_factory=History)

    def state_dict(self) -> dict[str, Any]:
        """The state between two epochs, of every part and of the global random generators.

        For a file that can hold no code: tensors, numbers, text, None, and lists, tuples and dictionaries of them. So a history
        goes as its JSON text (`to_json`, `History.from_json`), and early stopping as the figures and weights that it keeps.
        Tensors need not be copies, because the state is written before training goes on.
        """
        # TODO 4.6: all that the rest of the training depends on, into a dictionary and back
        raise NotImplementedError("TODO 4.6: all that the rest of the training depends on, into a dictionary and back")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave, be it in another process: with all parts, and with the random generators."""
        # TODO 4.6: all that the rest of the training depends on, into a dictionary and back
        raise NotImplementedError("TODO 4.6: all that the rest of the training depends on, into a dictionary and back")


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
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must not be below 0, got {weight_decay}")
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
            TrainingDivergedError: a loss or gradient became NaN or infinite; the model holds the best weights from before,
                if an epoch was finished.
            OSError: a checkpoint could not be written; the previous one is untouched.
        """
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {epochs}")
        if resume and self.folder is None:
            raise ValueError("resume=True needs a folder: ModelTrainer(model, folder=…)")
        self.model.to(self.device)
        self.model.to(memory_format=torch.channels_last)
        optimizer = make_optimizer(self.optimizer_name, self.model, self.learning_rate, self.weight_decay)
        batches = len(train_loader) if isinstance(train_loader, Sized) else sum(1 for _ in train_loader)
        steps, schedule = max(1, epochs * batches), self.schedule
        scheduler = LambdaLR(  # whose rates are plain numbers, where an answer to 4.1 may give a tensor
            optimizer, lambda step: float(learning_rate_factor(schedule, min(1.0, (step + 0.5) / steps)))
        )
        training = Training(self.model, optimizer, scheduler, EarlyStopping(self.patience), train_loader)
        settings = self._settings(epochs, train_loader, val_loader)
        self.history = training.history
        with isolated_random_state(self.seed), leaving_best_weights(training):
            if resume:
                self._resume(training, settings)
            done = training.history.epochs * batches
            with tqdm(total=epochs * batches, initial=done, unit="batch", disable=None, leave=False) as bar:
                while training.history.epochs < epochs and not training.history.stopped_early:
                    self._train_epoch(training, val_loader, epochs, bar)
                    bar.set_description(f"epoch {self.history.epochs}/{epochs}, validation {self.history.val_accuracy[-1]:.1%}")
                    self._save(training, settings)
        return self.history

    def _train_epoch(self, training: Training, val_loader: Loader, epochs: int, bar: "tqdm[Any]") -> None:
        """Train on all batches, validate, and take note of both."""
        epoch, steps_before, started = training.history.epochs + 1, training.scheduler.last_epoch, time.perf_counter()
        try:
            loss, accuracy = train_epoch(
                self.model,
                counted(training.loader, bar),
                training.optimizer,
                training.scheduler,
                device=self.device,
                label_smoothing=self.label_smoothing,
                clip_norm=self.clip_norm,
                precision=self.precision,
            )
        except TrainingDivergedError as error:
            raise self._diverged(f"{error} at step {training.scheduler.last_epoch - steps_before + 1} of epoch {epoch}") from None
        seconds = time.perf_counter() - started
        val_loss, val_accuracy = evaluate_loss(self.model, val_loader, self.device)
        if not math.isfinite(val_loss):
            raise self._diverged(f"the validation loss is {val_loss} after epoch {epoch}")
        training.stopping.update(epoch, val_loss, val_accuracy, self.model)
        self.history = training.history = with_epoch(
            training.history,
            train_loss=loss,
            train_accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=float(training.scheduler.get_last_lr()[0]),
            seconds=seconds,
            best_epoch=training.stopping.best_epoch,
            stopped_early=training.stopping.should_stop(epoch) and epoch < epochs,
        )

    def _diverged(self, problem: str) -> TrainingDivergedError:
        """The error for a loss that is no number."""
        weights = "holds its best weights from before" if self.history.best_epoch else "is of no use, for no epoch was finished"
        return TrainingDivergedError(
            f"{problem}; the model {weights}. "
            f"Try a lower learning_rate (it was {self.learning_rate:g}), and look for NaN in the images"
        )

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

    def _save(self, training: Training, settings: dict[str, Any]) -> None:
        """After an epoch: `last.pt`, with all that resuming needs, and, if it was the best so far, `best.safetensors`."""
        if self.folder is None:
            return
        history = training.history
        if history.best_epoch == history.epochs:
            metrics = {"val_accuracy": history.val_accuracy[-1], "val_loss": history.val_loss[-1]}
            card = model_card(self.model, training.loader, metrics)
            save_checkpoint(self.folder / "best.safetensors", self.model.state_dict(), card)
        save_training_state(self.folder / "last.pt", {"settings": settings, **training.state_dict()})

    def _resume(self, training: Training, settings: dict[str, Any]) -> None:
        """Go on from `last.pt`, if there is one."""
        if self.folder is None or not (self.folder / "last.pt").exists():
            return
        path = self.folder / "last.pt"
        state = load_training_state(path)
        check_same_settings(path, state["settings"], settings)
        training.load_state_dict(state)
        self.history = training.history


@contextlib.contextmanager
def leaving_best_weights(training: Training) -> Iterator[None]:
    """However training ends (also by an error or Ctrl-C), the model then holds its best weights, in eval mode."""
    try:
        yield
    finally:
        training.stopping.restore(training.model)
        training.model.eval()


def counted(loader: Loader, bar: "tqdm[Any]") -> Iterator[tuple[Tensor, Tensor]]:
    """The loader's batches, each of which moves the progress bar when it is done with."""
    for batch in loader:
        yield batch
        bar.update()
