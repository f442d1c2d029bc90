"""Step 4: the ideas of training, one by one: schedule, step, epoch, validation, early stopping.

`model_trainer.py` puts them together. Ready-made: backpropagation, optimisers and the loss (PyTorch).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from handwriting_workshop.samples import check_labels

Loader = Iterable[tuple[Tensor, Tensor]]
Schedule = Literal["one_cycle", "cosine", "constant"]


class TrainingDivergedError(RuntimeError):
    """The loss or its gradient is no longer a finite number."""


def learning_rate_factor(schedule: Schedule, progress: float) -> float:
    """The share of the peak learning rate after a share of the training, both in [0, 1].

    `one_cycle` rises in a straight line from 0 to 1 in the first quarter, and falls in a straight line to 0 at the end: the
    one-cycle policy (Smith 2018, arXiv:1803.09820) as a slanted triangle (Howard and Ruder 2018, arXiv:1801.06146). `cosine`
    rises in a straight line in the first 5 %; then it falls along half a cosine, (1 + cos(π · s)) / 2, where s is the share of
    the remaining 95 % that has passed (Loshchilov and Hutter 2016, arXiv:1608.03983). `constant` is always 1.
    """
    # TODO 4.1: the share of the peak learning rate, for each of the three schedules
    raise NotImplementedError("TODO 4.1: the share of the peak learning rate, for each of the three schedules")


def train_step(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    optimizer: torch.optim.Optimizer,
    *,
    label_smoothing: float = 0.0,
    clip_norm: float = 1.0,
    precision: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """One step downhill on one batch; the loss and the logits from before the step.

    The loss is the mean cross-entropy of the batch (with label smoothing), computed in float32 from the logits as they are:
    the softmax is part of it. The step follows the gradient of this batch only. The gradient of all parameters together,
    taken as one long vector, is shortened to a length of `clip_norm` if it is longer. A parameter that has no gradient, such as
    a frozen one, stays as it is.

    Shape:
        images: (B, C, H, W) float32, labels: (B,) int64 -> loss: () float32, logits: (B, num_classes)

    Raises:
        ValueError: a label that the model has no class for.
        TrainingDivergedError: the loss or the gradient is NaN or infinite; the weights are as they were.
    """
    with torch.autocast(images.device.type, torch.bfloat16, enabled=precision == torch.bfloat16):
        logits = model(images)  # (B, num_classes)
    check_labels(labels, logits.shape[1])
    # TODO 4.2: follow the gradient of this batch, clipped, by one step
    # 1. the loss, and the gradients of this batch alone
    # 2. gradient_norm = …: clip the gradients; PyTorch has a function for it, which returns their norm from before
    # 3. check_finite(loss, gradient_norm): before the step, for one such gradient would spoil all weights
    # 4. the step
    raise NotImplementedError("TODO 4.2: follow the gradient of this batch, clipped, by one step")


def check_finite(loss: Tensor, gradient_norm: Tensor) -> None:
    """Raise a TrainingDivergedError that names the first of the two that is NaN or infinite."""
    for name, value in (("loss", loss.item()), ("gradient's norm", gradient_norm.item())):
        if not math.isfinite(value):
            raise TrainingDivergedError(f"the {name} is {value}")


def train_epoch(
    model: nn.Module,
    loader: Loader,
    optimizer: torch.optim.Optimizer,
    scheduler: LambdaLR,
    *,
    device: torch.device | str = "cpu",
    **settings: Any,
) -> tuple[float, float]:
    """One pass over the training images, in training mode; mean loss and accuracy on the way, each image counting the same.

    Each batch is one `train_step` (with `settings`, its keywords) and then one step of the learning rate's `scheduler`. Loss
    and accuracy are made from what the steps return, so they cost no second forward pass. Both are Python floats, not tensors.

    Raises:
        ValueError: the loader yields nothing.
    """
    loss_sum, correct, seen = 0.0, 0, 0
    # TODO 4.3: a train_step for each batch, and loss and right answers added up over all images
    # Move each batch to the device first; images.to(device, memory_format=torch.channels_last) makes convolutions faster.
    # Add to loss_sum, correct and seen, so that the means below are means over images.
    raise NotImplementedError("TODO 4.3: a train_step for each batch, and loss and right answers added up over all images")
    if seen == 0:
        raise ValueError("the training loader yields no batches; it must be one that can be iterated over in every epoch")
    return loss_sum / seen, correct / seen


def evaluate_loss(model: nn.Module, loader: Loader, device: torch.device | str = "cpu") -> tuple[float, float]:
    """Mean cross-entropy and accuracy over a loader's images, each counting the same; Python floats, not tensors.

    Meanwhile the model is in eval mode (dropout off, batch norm with its running statistics), and no gradients are recorded.
    Afterwards it is in the mode that it was in before, unless an error ended the evaluation; gradients are recorded again in
    any case. The logits are taken as float32 before the loss is made from them: a model may give them in bfloat16, which has
    three digits.

    Raises:
        ValueError: the loader yields nothing, or a label that the model has no class for.
    """
    loss_sum, correct, seen = 0.0, 0, 0
    # TODO 4.4: add up loss and right answers of all images, in eval mode and without gradients
    # For each batch: move it to the device, take the logits as float32, let check_labels(labels, logits.shape[1]) refuse
    # labels without a class, and add to loss_sum, correct and seen.
    raise NotImplementedError("TODO 4.4: add up loss and right answers of all images, in eval mode and without gradients")
    if seen == 0:
        raise ValueError("the validation loader yields no batches")
    return loss_sum / seen, correct / seen


@dataclass
class EarlyStopping:
    """Remembers the best epoch, and says when too many have passed without a better one.

    Better is a higher validation accuracy, be it by one image in many thousands, or, at the same accuracy, a lower validation
    loss. All that it knows stands in its five fields, so that one made from them anew goes on as this one would.
    """

    patience: int
    """Epochs without improvement before training stops."""
    best_epoch: int = 0
    best_accuracy: float = -1.0
    best_loss: float = math.inf
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    """The model's `state_dict` of the best epoch, as it was then; empty before the first epoch."""

    def update(self, epoch: int, loss: float, accuracy: float, model: nn.Module) -> bool:
        """Take note of an epoch, counted from 1; whether it is the best so far. If so, all four `best_…` are now its own."""
        # TODO 4.5: keep the best weights, say when to stop, and give them back
        raise NotImplementedError("TODO 4.5: keep the best weights, say when to stop, and give them back")

    def should_stop(self, epoch: int) -> bool:
        """Whether, after this epoch, `patience` epochs or more have passed since the best one."""
        # TODO 4.5: keep the best weights, say when to stop, and give them back
        raise NotImplementedError("TODO 4.5: keep the best weights, say when to stop, and give them back")

    def restore(self, model: nn.Module) -> None:
        """Give the model its best weights back, and leave its mode; before the first epoch there are none: it stays as it is."""
        # TODO 4.5: keep the best weights, say when to stop, and give them back
        raise NotImplementedError("TODO 4.5: keep the best weights, say when to stop, and give them back")
