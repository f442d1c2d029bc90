"""Where a training runs, in which precision, and that it leaves the random numbers of others alone."""

import random

import numpy as np
import pytest
import torch

from handwriting_workshop import devices
from handwriting_workshop.devices import choose_device, choose_precision, isolated_random_state
from handwriting_workshop.models import create_model

CPU = torch.device("cpu")


def machine(monkeypatch: pytest.MonkeyPatch, *, cuda: bool = False, mps: bool = False, bf16: bool = False) -> None:
    """Make PyTorch say that this machine has these."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": bf16})


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"), [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_first_of_cuda_mps_and_cpu_that_works(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, chosen: str
) -> None:
    """The order in which a training is usually fastest."""
    machine(monkeypatch, cuda=cuda, mps=mps)
    assert choose_device("auto").type == chosen


def test_a_device_that_this_machine_lacks_is_answered_with_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cuda` without a GPU: not a driver's message, but the choices."""
    machine(monkeypatch, mps=True)
    with pytest.raises(ValueError, match="'cuda:1' does not work on this machine; choose one of: auto, mps, cpu"):
        choose_device("cuda:1")


def test_a_gpu_of_a_number_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before every model fails on it."""
    machine(monkeypatch, cuda=True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1").index == 1
    with pytest.raises(ValueError, match="'cuda:2' does not work on this machine"):
        choose_device("cuda:2")


def test_convolutions_use_bf16_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU without its instructions bf16 is emulated, and slow."""
    for has_bf16, expected in ((True, torch.bfloat16), (False, torch.float32)):
        machine(monkeypatch, bf16=has_bf16)
        assert choose_precision("auto", create_model("simple_cnn", 10), CPU) == expected


def test_a_small_transformer_stays_in_float32_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with bf16 instructions; asked for by name, it gets what it is asked for."""
    machine(monkeypatch, bf16=True)
    assert choose_precision("auto", create_model("vit_mini", 10), CPU) == torch.float32
    assert choose_precision("bf16", create_model("vit_mini", 10), CPU) == torch.bfloat16


def test_processor_capabilities_decide_about_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    """x86 and Arm call it differently."""
    for name, expected in (("avx512_bf16", True), ("amx_bf16", True), ("arm_bf16", True), ("avx512_f", False)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda name=name: {name: True})
        assert devices.cpu_has_bf16() == expected


def test_random_numbers_within_depend_on_the_seed_alone_and_go_on_afterwards_as_before() -> None:
    """Also if what is done within fails."""

    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(1))

    def seed_everything() -> None:
        random.seed(5)
        np.random.seed(5)
        torch.manual_seed(5)

    def draw_and_fail() -> None:
        with isolated_random_state(7):
            drawn.append(draw())
            raise RuntimeError("it fails")

    drawn: list[tuple[float, float, float]] = []
    with isolated_random_state(7):
        drawn.append(draw())
    seed_everything()
    expected = draw()
    seed_everything()
    with pytest.raises(RuntimeError, match="it fails"):
        draw_and_fail()
    assert draw() == expected
    assert drawn[0] == drawn[1]
