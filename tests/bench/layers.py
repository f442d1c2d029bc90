"""simple_cnn's training step beside its convolutions alone: what the rest of the network costs."""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwriting_workshop.models import create_model

BATCH_SIZE = 128
REPEATS = 25
SHAPES = ((1, 32, 32), (32, 64, 16), (64, 128, 8))
"""Input channels, output channels and image size of each convolution."""


def compare(dtype: torch.dtype) -> tuple[float, float]:
    """Best seconds of all convolutions' forward and backward passes alone, and of the whole step; interleaved."""
    convolutions = [_convolution(*shape, dtype, input_gradient=shape[0] > 1) for shape in SHAPES]
    whole = _whole_step(dtype)
    alone_best = [float("inf")] * len(convolutions)
    whole_best = float("inf")
    for _ in range(REPEATS):
        for at, convolution in enumerate(convolutions):
            alone_best[at] = min(alone_best[at], _seconds(convolution))
        whole_best = min(whole_best, _seconds(whole))
    return sum(alone_best), whole_best


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _convolution(
    in_channels: int, out_channels: int, size: int, dtype: torch.dtype, *, input_gradient: bool
) -> Callable[[], None]:
    """Forward and backward pass of one 3×3 convolution with bias."""
    layer = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
    layer.to(dtype).to(memory_format=torch.channels_last)
    images = torch.randn(BATCH_SIZE, in_channels, size, size, dtype=dtype).to(memory_format=torch.channels_last)
    images.requires_grad_(input_gradient)
    gradient = torch.randn_like(layer(images))

    def work() -> None:
        layer.zero_grad()
        images.grad = None
        layer(images).backward(gradient)

    return work


def _whole_step(dtype: torch.dtype) -> Callable[[], None]:
    """Forward pass, loss and backward pass of simple_cnn, in mixed precision for bf16, as `ModelTrainer` does it."""
    model = create_model("simple_cnn", 10).train()
    model.to(memory_format=torch.channels_last)
    images = torch.randn(BATCH_SIZE, 1, 32, 32).to(memory_format=torch.channels_last)
    labels: Tensor = torch.randint(0, 10, (BATCH_SIZE,))

    def work() -> None:
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            logits = model(images)
        F.cross_entropy(logits.float(), labels).backward()

    return work
