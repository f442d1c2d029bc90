"""Several models side by side, with seeds, loaders and failures that nobody can know beforehand."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from grading.runtime.messages import assert_same
from handwriting_workshop.results import ModelResult


class Shuffled:
    """Numbers, in batches, in an order of its own generator."""

    def __init__(self, count, size) -> None:
        self.count, self.size, self.generator = count, size, torch.Generator().manual_seed(1)

    def __iter__(self):
        for chosen in torch.randperm(self.count, generator=self.generator).split(self.size):
            yield chosen, chosen


def between(low: int, high: int, draw: torch.Generator) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def word(draw: torch.Generator) -> str:
    """Some letters."""
    return "".join("abcdefghijklmnopqrstuvwxyz"[between(0, 25, draw)] for _ in range(between(4, 9, draw)))


def drawn() -> list[float]:
    """The next random numbers of Python, NumPy and PyTorch."""
    return [random.random(), float(np.random.rand()), torch.rand(()).item()]


@pytest.mark.exercise("4.7")
def test_any_seed_decides_on_weights_and_batches(box, draw, reference):
    """Random seeds, layers and loaders: first weights, the batches of two epochs, and random numbers that are as before."""
    cases = []
    for kind in ("shuffled", "a list", "shuffled", "generator is None", "shuffled", "no generator"):
        sizes = between(2, 9, draw), between(2, 9, draw), between(2, 5, draw)
        cases.append((kind, sizes, between(0, 10**6, draw), between(0, 10**6, draw), between(5, 40, draw), between(2, 6, draw)))
    cases.append(cases[0])  # the same start, whatever came before

    def run(trainer):
        results, shuffled = [], {}
        for kind, (before, between_, after), seed, past, count, size in cases:
            torch.manual_seed(past)
            np.random.seed(past)
            random.seed(past)
            loader = [(torch.zeros(2), torch.zeros(2))]
            if kind == "shuffled":
                loader = shuffled.setdefault((count, size), Shuffled(count, size))  # the same loader for all models
            elif kind == "generator is None":
                loader = torch.utils.data.DataLoader([0, 1, 2])
            elif kind == "no generator":
                loader = (batch for batch in loader)

            own_numbers = []  # of a model that draws with Python and NumPy, too

            def build(sizes=(before, between_, after), own_numbers=own_numbers):
                own_numbers += [random.random(), float(np.random.rand())]
                return nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.Linear(sizes[1], sizes[2]))

            model = trainer.fair_start(build, loader, seed)
            numbers = drawn()
            epochs = [torch.cat([batch for batch, _ in loader]) for _ in range(2)] if kind == "shuffled" else []
            parameters = torch.cat(
                [*(parameter.detach().flatten() for parameter in model.parameters()), torch.tensor(own_numbers)]
            )
            results += [parameters, numbers, torch.cat([torch.zeros(0), *epochs])]
        return results

    got = box(run)
    with reference.devices.isolated_random_state(0):
        expected = run(reference.trainer)
    assert len(got) == len(expected), f"{len(got)} results"
    for place, (result, right) in enumerate(zip(got, expected, strict=True)):
        what = ("the first weights", "the random numbers afterwards", "the batches of two epochs")[place % 3]
        kind, _, seed, *_ = cases[place // 3]
        assert_same(result, right, f"{what} after fair_start(build, loader, {seed}); loader: {kind}")


@pytest.mark.exercise("4.7")
def test_any_failure_is_told_and_any_success_is_passed_on(box, draw):
    """Trainings that work, that fail with errors of all classes, and that somebody stops."""
    bases = (ValueError, RuntimeError, Exception, KeyError, OSError, MemoryError, ArithmeticError)
    cases = []
    for number in range(12):
        what = ("works", "fails", "stopped")[between(0, 2, draw) if number > 5 else number % 3]
        cases.append(
            (what, word(draw), word(draw), word(draw).title() + "Error", between(0, 6, draw), word(draw), between(1, 10**6, draw))
        )

    def act(trainer):
        results = []
        for what, name, kind, error, base, text, parameters in cases:
            asked = []

            def train_one(configuration, case=(what, error, base, text, parameters), asked=asked):
                what, error, base, text, parameters = case
                asked.append([configuration["name"], configuration["seed"]])
                if what == "works":
                    return ModelResult(name=configuration["name"], type=configuration["type"], parameters=parameters)
                if what == "stopped":
                    raise KeyboardInterrupt(text)
                raise type(error, (bases[base],), {})(text)

            given = {"name": name, "type": kind, "seed": parameters}
            try:
                result = trainer.train_or_explain(given, train_one)
            except KeyboardInterrupt as stop:
                results.append(["stopped", str(stop), asked, given])
            else:
                results.append([result.name, result.type, result.error, result.parameters, asked, given])
        return results

    got = box(act)
    assert len(got) == len(cases), f"{len(got)} results"
    for result, (what, name, kind, error, base, text, parameters) in zip(got, cases, strict=True):
        seen = [[name, parameters]], {"name": name, "type": kind, "seed": parameters}  # by train_one; and afterwards
        told = f"{error}: {text!r}" if bases[base] is KeyError else f"{error}: {text}"
        nothing = ModelResult(name=name, type=kind).parameters
        expected = {
            "works": [name, kind, None, parameters, *seen],
            "fails": [name, kind, told, nothing, *seen],
            "stopped": ["stopped", text, *seen],
        }[what]
        assert result == expected, f"train_or_explain, where train_one {what}: {result}; expected {expected}"
