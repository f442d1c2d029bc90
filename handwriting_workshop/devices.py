"""Where tensors live, in which precision, and which random numbers they see."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

PRECISIONS = ("auto", "fp32", "bf16")


def choose_device(name: str = "auto") -> torch.device:
    """The device of a name; `auto` is the first of cuda, mps and cpu that works here.

    Raises:
        ValueError: a name PyTorch does not know, or a device this machine lacks.
    """
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, works in usable.items() if works))
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"unknown device {name!r}; choose one of: auto, {', '.join(usable)}") from None
    there = torch.cuda.device_count() if device.type == "cuda" else 1
    if not usable.get(device.type, False) or (device.index or 0) >= there:
        working = ", ".join(kind for kind, works in usable.items() if works)
        raise ValueError(f"device {name!r} does not work on this machine; choose one of: auto, {working}")
    return device


def choose_precision(name: str, model: nn.Module, device: torch.device) -> torch.dtype:
    """The type that matrix products and convolutions are computed in: `fp32`, `bf16`, or `auto` for the faster of them.

    Weights stay float32 either way (mixed precision). On a GPU, bf16 where it is supported. On a CPU, bf16 only where the
    processor has instructions for it (elsewhere it is emulated, which is slower than float32), and only for convolutional
    networks: a small Vision Transformer spends its time elsewhere, and the conversions cost more than they bring.

    Raises:
        ValueError: an unknown precision.
    """
    if name not in PRECISIONS:
        raise ValueError(f"unknown precision {name!r}; choose one of: {', '.join(PRECISIONS)}")
    if name != "auto":
        return torch.bfloat16 if name == "bf16" else torch.float32
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    convolutional = sum(isinstance(module, nn.Conv2d) for module in model.modules()) > 1
    return torch.bfloat16 if device.type == "cpu" and convolutional and cpu_has_bf16() else torch.float32


def cpu_has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware (AVX512_BF16 or AMX on x86, BF16 on Arm)."""
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "arm_bf16", "bf16"))


@contextlib.contextmanager
def isolated_random_state(seed: int) -> Iterator[None]:
    """Within, all random generators (Python, NumPy, PyTorch on every device) start from the seed; afterwards as before."""
    before = random_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)  # the global generator, which transforms of a data set may use
    torch.manual_seed(seed)
    try:
        yield
    finally:
        restore_random_state(before)


def random_state() -> dict[str, Any]:
    """The state of all global random generators, in types that `torch.load(weights_only=True)` accepts."""
    kind, keys, *position = np.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (kind, torch.from_numpy(np.asarray(keys, dtype=np.int64)), *position),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Go on from what `random_state` returned."""
    random.setstate(state["python"])
    kind, keys, *position = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *position))
    torch.set_rng_state(state["torch"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
    if state["mps"] is not None:
        torch.mps.set_rng_state(state["mps"])
