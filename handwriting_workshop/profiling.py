"""How large and how fast models are: parameters, floating-point operations, images per second."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from handwriting_workshop.devices import choose_device, choose_precision
from handwriting_workshop.models import count_parameters, create_model

REPEATS = 3
"""Timings per figure; the best counts, because other programs only ever slow things down."""

FLOPS_PER_BATCH = 50e9
"""Batches are so large that one forward pass takes about this many operations, but at most 64 images."""


@dataclass(frozen=True, kw_only=True)
class ModelProfile:
    """One model's size and speed."""

    name: str
    parameters: int
    flops: int
    """Of a forward pass, per image; a multiplication and an addition count as two."""
    forward_per_second: float | None = None
    """Images per second; None where it was not measured."""
    backward_per_second: float | None = None
    """Images per second of forward and backward pass together, without the optimiser."""


def profile_model(
    name: str, num_classes: int = 10, *, image_size: int = 32, in_channels: int = 1, speed: bool = True, device: str = "auto"
) -> ModelProfile:
    """Size (on the meta device, so at once) and speed (on the device, as `ModelTrainer` would run it) of a model."""
    with torch.device("meta"):
        model = create_model(name, num_classes, image_size=image_size, in_channels=in_channels)
        flops = count_flops(model, torch.zeros(1, in_channels, image_size, image_size))
    parameters = count_parameters(model)
    if not speed:
        return ModelProfile(name=name, parameters=parameters, flops=flops)
    place = choose_device(device)
    model = create_model(name, num_classes, image_size=image_size, in_channels=in_channels)
    model.to(place).to(memory_format=torch.channels_last)  # as ModelTrainer does
    batch = int(min(64, max(2, FLOPS_PER_BATCH // flops)))
    images = torch.rand(batch, in_channels, image_size, image_size, device=place).to(memory_format=torch.channels_last)
    forward, backward = measure_seconds(model, images, choose_precision("auto", model, place))
    return ModelProfile(
        name=name,
        parameters=parameters,
        flops=flops,
        forward_per_second=batch / forward,
        backward_per_second=batch / backward,
    )


def count_flops(model: nn.Module, images: Tensor) -> int:
    """Floating-point operations of a forward pass, by PyTorch's own counter (matrix products and convolutions)."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(images)
    return int(counter.get_total_flops())


def measure_seconds(model: nn.Module, images: Tensor, precision: torch.dtype) -> tuple[float, float]:
    """Best seconds of an evaluation pass, and of a training pass (forward and backward), for a batch."""

    def forward() -> None:
        with torch.inference_mode():
            model(images)

    def forward_backward() -> None:
        model.zero_grad()
        model(images).float().square().mean().backward()

    autocast = torch.autocast(images.device.type, torch.bfloat16, enabled=precision == torch.bfloat16)
    model.eval()
    with autocast:
        evaluating = _best_seconds(forward, images.device)
        model.train()
        training = _best_seconds(forward_backward, images.device)
    return evaluating, training


def _best_seconds(work: Callable[[], None], device: torch.device) -> float:
    best = float("inf")
    for _ in range(1 + REPEATS):  # the first one only warms up: it cannot be the best
        _wait_for(device)
        started = time.perf_counter()
        work()
        _wait_for(device)
        best = min(best, time.perf_counter() - started)
    return best


def _wait_for(device: torch.device) -> None:
    """Until the device has done what it was given; GPUs work in the background."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def model_table(profiles: list[ModelProfile]) -> list[list[str]]:
    """Rows for people, headings first."""
    rows = [["model", "parameters", "MFLOP/image", "forward images/s", "forward + backward images/s"]]
    for profile in profiles:
        speeds = (profile.forward_per_second, profile.backward_per_second)
        rows.append(
            [
                profile.name,
                f"{profile.parameters:,}",
                f"{profile.flops / 1e6:,.1f}",
                *("–" if speed is None else f"{speed:,.0f}" for speed in speeds),
            ]
        )
    return rows
