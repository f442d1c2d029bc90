"""Step 4, checkpoint and resume: a training that was interrupted goes on as if nothing had happened."""

import contextlib
import io
import pickle
import random
import re
import tempfile

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from grading.runtime.messages import assert_same

pytestmark = pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")  # float(loss) is no mistake

# --- helpers: a small training with all that can be forgotten in it ------------------------------------------------------


class Shuffled:
    """Twelve images in batches of four, in an order of its own generator."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def __iter__(self):
        images = torch.arange(60, dtype=torch.float32).reshape(12, 1, 1, 5) / 30 - 1
        for chosen in torch.randperm(12, generator=self.generator).split(4):
            yield images[chosen], chosen % 3


def new_training(model_trainer, seed):
    """A training before its first step; another seed gives other weights, other batches and other random numbers."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scheduler = LambdaLR(optimizer, lambda step: min(step + 1, 8) / 8)
    return model_trainer.Training(model, optimizer, scheduler, model_trainer.EarlyStopping(patience=3), Shuffled(seed))


def train_one_epoch(training):
    """Three steps, with noise from numpy and a loss that python weighs at random."""
    training.model.train()
    for images, labels in training.loader:
        noise = torch.from_numpy(np.random.normal(0, 0.1, images.shape)).float()
        loss = nn.functional.cross_entropy(training.model(images + noise), labels) * random.uniform(0.5, 1.5)
        training.optimizer.zero_grad()
        loss.backward()
        training.optimizer.step()
        training.scheduler.step()


def to_file_and_back(state):
    """The state as it comes back from a file; a file with more than tensors and plain values in it is refused."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    try:
        return torch.load(file, weights_only=True)
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL ([\w.]+)", str(error))
        what = f"there is an object of the class {found[1]} in it" if found else str(error).partition(". ")[0]
        raise TypeError(f"what state_dict() gave cannot be read from a file: {what}") from None


def interrupted_and_resumed(model_trainer):
    """A training that went one epoch, and another one, begun with another seed, that got its state."""
    first = new_training(model_trainer, seed=1)
    train_one_epoch(first)
    state = to_file_and_back(first.state_dict())
    second = new_training(model_trainer, seed=2)
    second.load_state_dict(state)
    return first, second


def weights(model):
    """All that a model's state_dict holds, in one row."""
    return torch.cat([tensor.double().flatten() for tensor in model.state_dict().values()])


# --- 4.6 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("4.6")
def test_the_state_can_be_written_to_a_file_that_holds_no_code(box):
    """torch.save takes what state_dict() gives, and torch.load(…, weights_only=True) accepts it."""

    def act(model_trainer):
        training = new_training(model_trainer, seed=1)
        train_one_epoch(training)
        state = training.state_dict()
        if not isinstance(state, dict):
            return f"no dictionary from state_dict(), but {state!r:.100}"
        try:
            to_file_and_back(state)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:300]
        return "accepted"

    got = box(act)
    assert got == "accepted", (
        "torch.save(training.state_dict(), file); torch.load(file, weights_only=True)\n"
        f"  gave      {got}\n  expected  a file that is accepted: no objects of classes of our own in it, only what they hold"
    )


@pytest.mark.exercise("4.6")
def test_the_model_comes_back(box):
    """Weights, and the running statistics of batch norm."""

    def act(model_trainer):
        first, second = interrupted_and_resumed(model_trainer)
        return weights(first.model), weights(second.model)

    before, after = box(act)
    assert_same(after, before, "the model's state after load_state_dict(state_dict())", tolerance=0)


@pytest.mark.exercise("4.6")
def test_the_optimizer_remembers_its_steps(box):
    """Adam's running means of each parameter's gradient, and its number of steps."""

    def act(model_trainer):
        both = interrupted_and_resumed(model_trainer)
        kept = [training.optimizer.state_dict()["state"] for training in both]
        return [torch.cat([part["exp_avg"].flatten() for part in state.values()] or [torch.zeros(0)]) for state in kept]

    before, after = box(act)
    assert_same(after, before, "Adam's running means of the gradients after load_state_dict(state_dict())", tolerance=0)


@pytest.mark.exercise("4.6")
def test_the_schedule_goes_on_where_it_was(box):
    """The learning rates of the next three steps are those of an uninterrupted training."""

    def act(model_trainer):
        rates = []
        for training in interrupted_and_resumed(model_trainer):
            for _ in range(3):
                training.optimizer.step()
                training.scheduler.step()
                rates.append(training.optimizer.param_groups[0]["lr"])
        return rates[:3], rates[3:]

    before, after = box(act)
    assert_same(after, before, "the learning rates of the next three steps after load_state_dict(state_dict())")


@pytest.mark.exercise("4.6")
def test_early_stopping_remembers_the_best_epoch_and_its_weights(box):
    """Best epoch, accuracy, loss and weights; and the patience, which is 3 all the time."""

    def act(model_trainer):
        first, second = new_training(model_trainer, seed=1), new_training(model_trainer, seed=2)
        first.stopping.best_epoch, first.stopping.best_accuracy, first.stopping.best_loss = 4, 0.75, 0.5
        first.stopping.best_weights = {"weight": torch.tensor([1.0, 2.0])}
        second.load_state_dict(to_file_and_back(first.state_dict()))
        got = second.stopping
        return got.best_epoch, got.best_accuracy, got.best_loss, got.patience, dict(got.best_weights)

    *figures, patience, best_weights = box(act)
    assert figures == [4, 0.75, 0.5], f"best_epoch, best_accuracy, best_loss came back as {figures}; expected [4, 0.75, 0.5]"
    assert patience == 3, f"stopping.patience is {patience} after load_state_dict(state_dict()); it was 3 before"
    assert best_weights.keys() == {"weight"}, f"best_weights came back with {list(best_weights)}; expected ['weight']"
    assert_same(best_weights["weight"], [1.0, 2.0], 'stopping.best_weights["weight"] after load_state_dict(state_dict())')


@pytest.mark.exercise("4.6")
def test_the_history_goes_on(box):
    """Figures of earlier epochs are there, so the next epoch is counted right."""

    def act(model_trainer):
        first, second = new_training(model_trainer, seed=1), new_training(model_trainer, seed=2)
        first.history = model_trainer.History(train_loss=(1.5, 0.5), val_accuracy=(0.25, 0.75), best_epoch=2)
        second.load_state_dict(to_file_and_back(first.state_dict()))
        return second.history.train_loss, second.history.val_accuracy, second.history.best_epoch, second.history.epochs

    got, expected = box(act), ((1.5, 0.5), (0.25, 0.75), 2, 2)
    assert got == expected, f"train_loss, val_accuracy, best_epoch, epochs came back as {got}; expected {expected}"


@pytest.mark.exercise("4.6")
def test_the_next_batches_are_those_that_would_have_come(box):
    """The loader shuffles with a generator of its own, which goes on where it was."""

    def act(model_trainer):
        both = interrupted_and_resumed(model_trainer)
        return [torch.cat([images.flatten(1)[:, 0] for images, _ in training.loader]) for training in both]

    before, after = box(act)
    assert_same(after, before, "the next epoch's images after load_state_dict(state_dict())", tolerance=0)


@pytest.mark.exercise("4.6")
def test_the_next_random_numbers_are_those_that_would_have_come(box):
    """From Python, NumPy and PyTorch: dropout and augmentation draw from them."""

    def act(model_trainer):
        first = new_training(model_trainer, seed=1)
        state = to_file_and_back(first.state_dict())
        drawn = [random.random(), float(np.random.rand()), torch.rand(()).item()]
        second = new_training(model_trainer, seed=2)
        second.load_state_dict(state)
        return drawn, [random.random(), float(np.random.rand()), torch.rand(()).item()]

    before, after = box(act)
    assert_same(after, before, "the next random numbers of Python, NumPy and PyTorch after load_state_dict(state_dict())")


@pytest.mark.accuracy
@pytest.mark.exercise("4.6")
@pytest.mark.parametrize("seed", [1, 5, 23])
def test_an_interrupted_training_ends_with_the_same_weights(box, seed):
    """Two epochs, a file, another process's start, two epochs: bit for bit the weights of four epochs in one go."""

    def act(model_trainer):
        whole = new_training(model_trainer, seed)
        for _ in range(4):
            train_one_epoch(whole)
        interrupted = new_training(model_trainer, seed)
        for _ in range(2):
            train_one_epoch(interrupted)
        state = to_file_and_back(interrupted.state_dict())
        resumed = new_training(model_trainer, seed + 100)
        resumed.load_state_dict(state)
        for _ in range(2):
            train_one_epoch(resumed)
        return weights(resumed.model), weights(whole.model)

    after, whole = box(act)
    assert_same(whole, four_epochs(seed), "the weights of four epochs in one go", tolerance=1e-4)
    assert_same(after, whole, "the weights after an interruption in the middle", tolerance=0)


def four_epochs(seed):
    """The same four epochs, trained here."""
    from types import SimpleNamespace

    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    training = new_training(SimpleNamespace(Training=TrainingParts, EarlyStopping=lambda patience: patience), seed)
    for _ in range(4):
        train_one_epoch(training)
    torch.set_rng_state(states[0])
    np.random.set_state(states[1])
    random.setstate(states[2])
    return weights(training.model)


class TrainingParts:
    """The parts of a training, with nothing to save them."""

    def __init__(self, model, optimizer, scheduler, _stopping, loader):
        self.model, self.optimizer, self.scheduler, self.loader = model, optimizer, scheduler, loader


@pytest.mark.exercise("4.6")
def test_ctrl_c_and_resume_with_the_model_trainer(box):
    """The whole: Ctrl-C in the second of three epochs, then ModelTrainer(…).train(…, resume=True); all exercises before work."""
    images = torch.randn(24, 1, 6, 6, generator=torch.Generator().manual_seed(3))
    batches = [(images[:16], torch.arange(16) % 3), (images[16:], torch.arange(16, 24) % 3)]

    class Stopping(list):
        """The batches; in the second epoch somebody presses Ctrl-C."""

        epoch = 0

        def __iter__(self):
            self.epoch += 1
            yield from super().__iter__()
            if self.epoch == 2:
                raise KeyboardInterrupt

    def model(seed):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 3))

    def act(model_trainer):
        whole, resumed = model(0), model(9)
        figures = model_trainer.ModelTrainer(whole, device="cpu").train(batches, batches, epochs=3)
        kinds = {type(figure).__name__ for figure in (*figures.train_loss, *figures.val_loss, *figures.val_accuracy)}
        if kinds != {"float"}:
            return sorted(kinds)
        with tempfile.TemporaryDirectory() as folder:
            with contextlib.suppress(KeyboardInterrupt):
                model_trainer.ModelTrainer(model(0), device="cpu", folder=folder).train(Stopping(batches), batches, epochs=3)
            trainer = model_trainer.ModelTrainer(resumed, device="cpu", folder=folder)
            history = trainer.train(batches, batches, epochs=3, resume=True)
        return weights(resumed), weights(whole), history.epochs

    got = box(act)
    assert isinstance(got, tuple), f"the history's figures are of the types {got}; expected float: mend 4.3 and 4.4 first"
    resumed, whole, epochs = got
    assert epochs == 3, f"after resuming, history.epochs is {epochs}; expected 3"
    assert_same(resumed, whole, "the weights of an interrupted and resumed training", tolerance=0)
