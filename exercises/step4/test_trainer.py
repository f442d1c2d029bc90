"""Step 4, several models side by side: the same start for each, and a result even for one that fails."""

import math
import random

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import nn

from grading.runtime.messages import assert_same
from handwriting_workshop.embedded import embedded_mnist
from handwriting_workshop.results import ModelResult

pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")  # float(loss) is no mistake

# --- helpers -------------------------------------------------------------------------------------------------------------


class Shuffled:
    """Batches of images and labels, in an order of its own generator."""

    def __init__(self, images, labels, size):
        self.images, self.labels, self.size = images, labels, size
        self.generator = torch.Generator().manual_seed(99)

    def __len__(self):
        return (len(self.images) + self.size - 1) // self.size

    def __iter__(self):
        for chosen in torch.randperm(len(self.images), generator=self.generator).split(self.size):
            yield self.images[chosen], self.labels[chosen]


def numbers(loader):
    """The images of one pass through a loader, each of a single pixel."""
    return torch.cat([images.flatten() for images, _ in loader])


def counting(count):
    """`count` images, each of a single pixel, that holds its number."""
    return Shuffled(torch.arange(count).reshape(count, 1, 1, 1), torch.zeros(count, dtype=torch.int64), 4)


# --- 4.7 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("4.7")
@given(seed=st.integers(0, 10_000), before=st.integers(0, 5))
@example(seed=0, before=1)
def test_the_first_weights_depend_on_the_seed_alone(box, seed, before):
    """fair_start(build, loader, seed) gives the weights that PyTorch draws after that seed, whatever was drawn before."""

    def act(trainer):
        torch.rand(before)  # what other models have drawn
        return trainer.fair_start(lambda: nn.Linear(3, 2), [], seed).weight

    got = box(act)
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    expected = nn.Linear(3, 2).weight
    torch.set_rng_state(state)
    assert_same(got, expected, f"fair_start(lambda: nn.Linear(3, 2), loader, seed={seed}).weight")


@pytest.mark.exercise("4.7")
def test_all_random_generators_start_from_the_seed(box):
    """A model may draw its first weights with Python or NumPy, too: while `build` runs, all three start from the seed."""

    def act(trainer):
        drawn = []

        def build():
            drawn.extend([random.random(), float(np.random.rand()), torch.rand(()).item()])
            return nn.Linear(1, 1)

        random.random(), np.random.rand(), torch.rand(())  # what other models have drawn
        trainer.fair_start(build, [], 7)
        return drawn

    expected = [random.Random(7).random(), float(np.random.RandomState(7).rand())]
    expected.append(torch.rand((), generator=torch.Generator().manual_seed(7)).item())
    call = "random.random(), np.random.rand() and torch.rand(()) in build(), which fair_start(build, loader, 7) calls"
    assert_same(box(act), expected, call)


@pytest.mark.exercise("4.7")
@pytest.mark.parametrize("seed", [5, 0])
def test_every_model_sees_the_same_batches(box, seed):
    """A loader with a generator begins anew with the seed: the second model's first epoch is that of the first model."""
    loader = counting(20)

    def act(trainer):
        orders = []
        for _ in range(2):
            trainer.fair_start(lambda: nn.Linear(3, 2), loader, seed=seed)
            orders += [numbers(loader), numbers(loader)]
        return orders

    first, second, again, _ = box(act)
    expected = torch.randperm(20, generator=torch.Generator().manual_seed(seed))
    assert_same(first, expected, f"the first epoch's images after fair_start(build, loader, seed={seed})")
    assert_same(again, first, f"the first epoch's images after a second fair_start(build, loader, seed={seed})")
    assert not torch.equal(first, second), "the second epoch of one model has the order of its first: it is shuffled no more"


@pytest.mark.exercise("4.7")
def test_the_batches_of_a_data_loader_begin_anew(box):
    """PyTorch's own DataLoader(…, shuffle=True, generator=…), whose sampler holds the generator, too: the same order twice."""

    def loader(generator):
        return torch.utils.data.DataLoader(torch.arange(20), batch_size=4, shuffle=True, generator=generator)

    def act(trainer):
        batches = loader(torch.Generator().manual_seed(99))
        orders = []
        for _ in range(2):
            trainer.fair_start(lambda: nn.Linear(3, 2), batches, seed=5)
            orders.append(torch.cat(list(batches)))
        return orders

    first, second = box(act)
    expected = torch.cat(list(loader(torch.Generator().manual_seed(5))))
    call = "the order of DataLoader(…, shuffle=True, generator=…) after fair_start(build, loader, seed=5)"
    assert_same(first, expected, f"{call}, beside that of a new one with the seed 5")
    assert_same(second, first, f"{call} for the second time, beside the first")


@pytest.mark.exercise("4.7")
@pytest.mark.parametrize("kind", ["a list", "generator is None"])
def test_a_loader_without_a_generator_is_left_alone(box, kind):
    """A list of batches, and a DataLoader that was given no generator (its attribute is None), work as well."""

    def act(trainer):
        data = torch.utils.data.TensorDataset(torch.zeros(4, 1, 1, 1), torch.zeros(4))
        loader = [(torch.zeros(4, 1, 1, 1), torch.zeros(4))] if kind == "a list" else torch.utils.data.DataLoader(data)
        return trainer.fair_start(lambda: nn.Linear(3, 2), loader, seed=5).weight.shape[0]

    assert box(act) == 2, f"fair_start with a loader without a generator ({kind}) gave no model"


@pytest.mark.exercise("4.7")
def test_other_random_numbers_are_as_they_were(box):
    """The next numbers of Python, NumPy and PyTorch are those that would have come without fair_start."""

    def act(trainer):
        draws = []
        for start in (False, True):
            torch.manual_seed(1)
            np.random.seed(1)
            random.seed(1)
            if start:
                trainer.fair_start(lambda: nn.Linear(3, 2), [], seed=7)
            draws.append([random.random(), float(np.random.rand()), torch.rand(()).item()])
        return draws

    without, after = box(act)
    assert_same(after, without, "the next random numbers of Python, NumPy and PyTorch after fair_start(…)")


@pytest.mark.exercise("4.7")
def test_random_numbers_are_as_they_were_even_if_there_is_no_model(box):
    """A `build` that raises: the error goes on to who called, and the next random numbers are those without fair_start."""

    def act(trainer):
        def build():
            raise ValueError("there is no such model")

        draws, told = [], "no error"
        for start in (False, True):
            torch.manual_seed(1)
            np.random.seed(1)
            random.seed(1)
            if start:
                try:
                    trainer.fair_start(build, [], seed=7)
                except ValueError as error:
                    told = str(error)
            draws.append([random.random(), float(np.random.rand()), torch.rand(()).item()])
        return told, *draws

    told, without, after = box(act)
    assert told == "there is no such model", f"fair_start(…) with a build() that raises a ValueError gave {told}"
    assert_same(after, without, "the next random numbers of Python, NumPy and PyTorch after a fair_start(…) whose build() raised")


@pytest.mark.exercise("4.7")
def test_a_training_that_works_gives_its_result(box):
    """train_or_explain calls train_one once, with the configuration, and passes its result on."""

    def act(trainer):
        asked = []

        def train_one(configuration):
            asked.append(configuration["name"])
            return ModelResult(name=configuration["name"], type="cnn", parameters=12)

        result = trainer.train_or_explain({"name": "first", "type": "cnn"}, train_one)
        return asked, result.name, result.parameters, result.error

    got, expected = box(act), (["first"], "first", 12, None)
    assert got == expected, f"names asked for, and the result's name, parameters, error: {got}; expected {expected}"


@pytest.mark.exercise("4.7")
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("label 3 does not fit"), "ValueError: label 3 does not fit"),
        (KeyError("age"), "KeyError: 'age'"),
        (MemoryError(), "MemoryError: "),
    ],
)
def test_a_training_that_fails_says_why(box, error, expected):
    """An exception becomes a result with the model's name and type, and with the exception's class and text as its error."""

    def act(trainer):
        asked = []

        def train_one(configuration):
            asked.append(configuration["name"])
            raise error

        try:
            result = trainer.train_or_explain({"name": "broken", "type": "resnet18", "epochs": 3}, train_one)
        except type(error):
            return type(error).__name__
        return len(asked), result.name, result.type, result.error

    got = box(act)
    assert isinstance(got, tuple), f"train_one raised {error!r}, and train_or_explain(…) let the {got} through; expected a result"
    times, name, kind, text = got
    assert times == 1, f"train_or_explain(…) called train_one {times} times; expected once, for it would fail again"
    assert (name, kind) == ("broken", "resnet18"), f"the result's name and type are {name!r}, {kind!r}"
    assert str(text).strip(" :") == expected.strip(" :"), f"train_one raised {error!r}; error is {text!r}, expected {expected!r}"


@pytest.mark.exercise("4.7")
def test_ctrl_c_ends_all(box):
    """KeyboardInterrupt is not taken for a failed model: it goes on to who called."""

    def act(trainer):
        def train_one(_configuration):
            raise KeyboardInterrupt

        try:
            result = trainer.train_or_explain({"name": "first", "type": "cnn"}, train_one)
        except KeyboardInterrupt:
            return "KeyboardInterrupt"
        return f"a result with error={result.error!r}"

    got = box(act)
    assert got == "KeyboardInterrupt", f"Ctrl-C while a model trains gave {got}; expected KeyboardInterrupt to go on"


MULTI_ACCURACY = 0.82
"""The solution over 20 seeds: narrow 87.5 %, wide 88.4 %, standard deviation 1.2 points, least 85.0 % (2026-11-24)."""


@pytest.mark.exercise("4.7")
@pytest.mark.accuracy
def test_two_models_learn_and_one_that_fails_stops_neither(box):
    """The whole: MultiModelTrainer trains a network, one that cannot be built, and another; all exercises before work."""
    samples = embedded_mnist(28)
    chosen = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))[:1500]
    images, labels = samples.images[chosen].float() / 127.5 - 1, samples.labels[chosen]
    loader = Shuffled(images[:800], labels[:800], 32)
    val_loader = [(images[800:1000], labels[800:1000])]
    unseen = images[1000:]

    class Tested:
        """What the models read in the unseen images."""

        labels, accuracy = range(500), math.nan  # what is right is told to nobody here

        def __init__(self, predicted):
            self.predicted = predicted

    def build(kind, num_classes, **_settings):
        if kind == "unknown":
            raise ValueError("there is no such model")
        width = {"narrow": 8, "wide": 16}[kind]
        return nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 16, 3, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * 7 * 7, num_classes),
        )

    def act(trainer):
        trainer.ModelTrainer(build("narrow", 10), device="cpu", precision="fp32").train(val_loader, val_loader, epochs=1)
        multi = trainer.MultiModelTrainer(
            device="cpu", build_model=build, evaluate=lambda model, _loader: Tested(model(unseen).argmax(dim=1))
        )
        config = [{"name": kind, "type": kind, "num_classes": 10, "precision": "fp32"} for kind in ("narrow", "unknown", "wide")]
        results = multi.train_multiple_models(config, loader, val_loader, val_loader, epochs=3)
        return {
            name: str(result.error) if result.evaluation is None else result.evaluation.predicted
            for name, result in results.items()
        }

    got = box(act)
    assert list(got) == ["narrow", "unknown", "wide"], f"there are results of {list(got)}; expected one of each model"
    assert got["unknown"] == "ValueError: there is no such model", f"the model that fails has error={got['unknown']!r}"
    for name in ("narrow", "wide"):
        assert not isinstance(got[name], str), f"{name} failed: {got[name]}"
        accuracy = float((got[name] == labels[1000:]).float().mean())
        assert accuracy >= MULTI_ACCURACY, f"{name}: accuracy {accuracy:.1%} on unseen digits; expected {MULTI_ACCURACY:.1%}"
