"""Checkpoint and resume of trainings that nobody can know beforehand: only a file goes from one to the other."""

import io
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from grading.runtime.messages import assert_same

pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")  # float(loss) is no mistake


class Shuffled:
    """Batches in an order of its own generator."""

    def __init__(self, images, labels, size, seed) -> None:
        self.images, self.labels, self.size = images, labels, size
        self.generator = torch.Generator().manual_seed(seed)

    def __iter__(self):
        for chosen in torch.randperm(len(self.images), generator=self.generator).split(self.size):
            yield self.images[chosen], self.labels[chosen]


def new_training(model_trainer, setup, seed):
    """A training before its first step; another seed gives other weights, other batches and other random numbers."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    images, labels, hidden = setup["images"], setup["labels"], setup["hidden"]
    columns = images.shape[-1]
    layers = nn.Flatten(), nn.Linear(columns, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.3)
    model = nn.Sequential(*layers, nn.Linear(hidden, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=setup["rate"])
    scheduler = LambdaLR(optimizer, lambda step: 1 / (1 + setup["falling"] * step))
    loader = Shuffled(images, labels, setup["size"], seed + 1)
    return model_trainer.Training(model, optimizer, scheduler, model_trainer.EarlyStopping(patience=setup["patience"]), loader)


def train_one_epoch(training):
    """Steps with noise from NumPy, and a loss that Python weighs at random."""
    training.model.train()
    for images, labels in training.loader:
        noise = torch.from_numpy(np.random.normal(0, 0.1, images.shape)).float()
        loss = nn.functional.cross_entropy(training.model(images + noise), labels) * random.uniform(0.5, 1.5)
        training.optimizer.zero_grad()
        loss.backward()
        training.optimizer.step()
        training.scheduler.step()


def weights(model):
    """All that a model's state_dict holds, in one row."""
    return torch.cat([tensor.detach().double().flatten() for tensor in model.state_dict().values()])


def best_so_far(training, _epochs):
    """What early stopping keeps."""
    stopping = training.stopping
    figures = [stopping.best_epoch, stopping.best_accuracy, stopping.best_loss, stopping.patience]
    return figures, [stopping.best_weights[name] for name in sorted(stopping.best_weights)]


def past_epochs(training, _epochs):
    """The history."""
    history = training.history
    columns = [list(history[name]) for name in ("train_loss", "val_loss", "val_accuracy", "learning_rate")]
    return columns, bool(history.stopped_early), history.best_epoch


def future(training, epochs):
    """Weights and random numbers, before and after some more epochs."""
    before = weights(training.model)
    for _ in range(epochs):
        train_one_epoch(training)
    return before, weights(training.model), [random.random(), float(np.random.rand()), torch.rand(()).item()]


@pytest.mark.exercise("4.6")
@pytest.mark.parametrize(
    ("see", "names"),
    [
        (best_so_far, ("early stopping's figures", "early stopping's best weights")),
        (past_epochs, ("the history", "the history's stopped_early", "the history's best epoch")),
        (future, ("the weights after loading", "the weights after more epochs", "the next random numbers")),
    ],
    ids=["best_so_far", "past_epochs", "future"],
)
def test_any_training_goes_on_from_its_file_alone(box, draw, reference, see, names):
    """Two random trainings are written to files; each goes on elsewhere as if it had not been interrupted."""

    def between(low, high):
        return int(torch.randint(low, high + 1, (), generator=draw))

    columns, count = between(4, 7), between(13, 20)
    setup = {
        "images": torch.randn(count, 1, 1, columns, generator=draw),
        "labels": torch.randint(3, (count,), generator=draw),
        "hidden": between(5, 9),
        "size": 4 if count % 4 != 1 else 5,  # batch norm needs more than one image in the last batch
        "rate": 0.02 + 0.05 * float(torch.rand((), generator=draw)),
        "falling": 0.1 + 0.3 * float(torch.rand((), generator=draw)),
        "patience": between(2, 9),
    }
    epochs_before, epochs_after = between(1, 2), between(1, 2)
    pasts = []
    for _ in range(2):
        figures = torch.rand(4, between(2, 5), generator=draw).double().tolist()
        best = {"first": torch.randn(2, 3, generator=draw), "second": torch.randn(4, generator=draw)}
        stopping = between(1, 9), float(torch.rand((), generator=draw)), float(torch.rand((), generator=draw)), best
        pasts.append((between(1, 10**6), figures, stopping, bool(between(0, 1)), between(1, 5)))

    def begun(model_trainer, past):
        seed, figures, (epoch, accuracy, loss, best), stopped, best_epoch = past
        training = new_training(model_trainer, setup, seed)
        for _ in range(epochs_before):
            train_one_epoch(training)
        stopping = training.stopping
        stopping.best_epoch, stopping.best_accuracy, stopping.best_loss, stopping.best_weights = epoch, accuracy, loss, best
        names = ("train_loss", "val_loss", "val_accuracy", "learning_rate")
        columns = {name: tuple(column) for name, column in zip(names, figures, strict=True)}
        training.history = model_trainer.History(**columns, stopped_early=stopped, best_epoch=best_epoch)
        return training

    def write(model_trainer):
        files = []
        for past in pasts:
            file = io.BytesIO()
            torch.save(begun(model_trainer, past).state_dict(), file)
            files.append(file.getvalue())
        return files

    order = [0, 1, 0] if between(0, 1) else [1, 0, 1]
    written = box(write)
    assert len(written) == 2, f"{len(written)} files"
    files, other = [written[number] for number in order], between(1, 10**6)

    def go_on(model_trainer):
        results = []
        for file in files:
            training = new_training(model_trainer, setup, other)
            training.load_state_dict(torch.load(io.BytesIO(file), weights_only=True))
            results.append(see(training, epochs_after))
        return results

    box.elsewhere()
    got = box(go_on)
    assert len(got) == len(order), f"{len(got)} results"
    with reference.devices.isolated_random_state(0):
        expected = [see(begun(reference.model_trainer, past), epochs_after) for past in pasts]
    for results, number in zip(got, order, strict=True):
        for result, right, name in zip(results, expected[number], names, strict=True):
            call = f"{name}, after torch.save(state_dict()), load_state_dict(torch.load(…))"
            if not isinstance(right, list) or isinstance(right[0], int | float):
                result, right = [result], [right]
            assert len(result) == len(right), f"{call}: {len(result)} parts; expected {len(right)}"
            for part, right_part in zip(result, right, strict=True):
                assert_same(part, right_part, call, tolerance=1e-4)
