"""What moves the weights: a choice of ready-made optimisers (PyTorch, timm), with weight decay where it belongs."""

from typing import Any, Literal

import torch
from torch import nn

OptimizerName = Literal["adamw", "sgd", "muon"]

DEFAULT_LEARNING_RATES: dict[str, float] = {"adamw": 3e-3, "sgd": 0.05, "muon": 0.02}
"""Peak learning rates that train the convolutional models well; a Vision Transformer wants about a third."""


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser: weight decay on matrices and filters, none on biases and normalisation weights."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trainable if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def make_optimizer(name: OptimizerName, model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW, SGD with Nesterov momentum, or Muon (Jordan 2024; in timm's version, AdamW for vectors and one-channel filters)."""
    groups = parameter_groups(model, weight_decay)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=learning_rate, momentum=0.9, nesterov=True)
    if name == "muon":
        from timm.optim.muon import Muon

        return Muon(groups, lr=learning_rate, nesterov=True)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)
