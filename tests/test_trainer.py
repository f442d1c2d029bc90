"""Step 4: schedules, early stopping, training, checkpoints, resuming after a kill, and several models in one go."""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from handwriting_workshop import model_trainer
from handwriting_workshop.checkpoints import load_checkpoint, load_training_state
from handwriting_workshop.data_loader import BatchLoader, Loaders, Normalization, make_loaders, split_samples
from handwriting_workshop.model_trainer import ModelTrainer
from handwriting_workshop.models import create_model
from handwriting_workshop.optimizers import make_optimizer, parameter_groups
from handwriting_workshop.results import EvaluationResult, History, ModelResult
from handwriting_workshop.synthetic import SyntheticLoader
from handwriting_workshop.trainer import MultiModelTrainer
from handwriting_workshop.training import EarlyStopping, TrainingDivergedError, evaluate_loss, learning_rate_factor
from tests.helpers import easy_samples


@pytest.fixture
def loaders() -> Loaders:
    """56 training, 12 validation and 12 test images of 4 classes, 16×16."""
    return make_loaders(easy_samples(), batch_size=16, source="easy")


def small_model(seed: int = 0) -> nn.Module:
    """A fast_cnn for those images."""
    torch.manual_seed(seed)
    return create_model("fast_cnn", 4, image_size=16)


def weights(model: nn.Module) -> Tensor:
    """All of a model's state in one row."""
    return torch.cat([tensor.detach().double().flatten() for tensor in model.state_dict().values()])


# --- schedules ---


def test_one_cycle_rises_for_a_quarter_and_falls_to_zero() -> None:
    """0 at the start, half-way up at an eighth, 1 at a quarter, half-way down at 5/8, 0 at the end."""
    factors = [learning_rate_factor("one_cycle", progress) for progress in (0, 0.125, 0.25, 0.625, 1)]
    assert factors == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_cosine_rises_for_a_twentieth_and_falls_along_half_a_cosine() -> None:
    """0, 1 at 5 %, one half in the middle of the rest, 0 at the end."""
    factors = [learning_rate_factor("cosine", progress) for progress in (0, 0.05, 0.525, 1)]
    assert factors == pytest.approx([0, 1, 0.5, 0])


def test_constant_stays() -> None:
    """1 from the start to the end."""
    assert [learning_rate_factor("constant", progress) for progress in (0, 0.5, 1)] == [1, 1, 1]


# --- early stopping ---


def test_early_stopping_waits_for_its_patience_and_gives_back_the_best_weights() -> None:
    """Best in epoch 2, worse in 3 and 4: with a patience of 2 it stops after 4 and restores the weights of 2."""
    model, stopping = nn.Linear(1, 1), EarlyStopping(patience=2)
    stops = []
    for epoch, accuracy in enumerate((0.5, 0.8, 0.7, 0.6), start=1):
        nn.init.constant_(model.weight, epoch)
        stopping.update(epoch, loss=1.0, accuracy=accuracy, model=model)
        stops.append(stopping.should_stop(epoch))
    stopping.restore(model)
    assert stops == [False, False, False, True]
    assert (stopping.best_epoch, model.weight.item()) == (2, 2)


def test_at_equal_accuracy_the_lower_loss_is_better() -> None:
    """0.8 again with a lower loss replaces the best; with an equal loss it does not."""
    model, stopping = nn.Linear(1, 1), EarlyStopping(patience=5)
    outcomes = [stopping.update(epoch, loss, 0.8, model) for epoch, loss in enumerate((1.0, 0.9, 0.9), start=1)]
    assert outcomes == [True, True, False]


# --- one model ---


def test_training_learns_and_leaves_the_best_weights_in_eval_mode(loaders: Loaders) -> None:
    """Twelve epochs on an easy set: every validation image right, model in eval mode, its accuracy that of the best epoch."""
    model = small_model()
    history = ModelTrainer(model).train(loaders.train, loaders.validation, epochs=12)
    assert max(history.val_accuracy) == 1
    assert not model.training
    assert evaluate_loss(model, loaders.validation)[1] == history.val_accuracy[history.best_epoch - 1] == 1


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "muon"])
def test_every_optimiser_lowers_the_loss(loaders: Loaders, optimizer: str) -> None:
    """After four epochs the training loss is well below that of the first."""
    history = ModelTrainer(small_model(), optimizer=optimizer).train(loaders.train, loaders.validation, epochs=4)
    assert history.train_loss[-1] < 0.8 * history.train_loss[0]


def test_a_history_reads_like_a_dictionary_and_survives_json(loaders: Loaders) -> None:
    """history["val_accuracy"] has one figure per epoch; from_json(to_json()) is equal."""
    history = ModelTrainer(small_model()).train(loaders.train, loaders.validation, epochs=2)
    assert len(history["val_accuracy"]) == history.epochs == 2
    assert set(history) >= {"train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}
    assert History.from_json(history.to_json()) == history
    with pytest.raises(KeyError, match="has no 'accuracy'; it has: train_loss"):
        history["accuracy"]


def test_a_plain_data_loader_works_too() -> None:
    """torch.utils.data.DataLoader in place of ours, without class names or normalisation."""
    samples = easy_samples()
    data = TensorDataset(samples.images.float() / 255, samples.labels)
    train, val = DataLoader(data, batch_size=16, shuffle=True), DataLoader(data, batch_size=40)
    history = ModelTrainer(small_model()).train(train, val, epochs=2)
    assert history.epochs == 2


def test_training_is_reproducible_by_its_seed() -> None:
    """The same seeds give the same weights, bit for bit."""
    outcomes = []
    for _ in range(2):
        model = small_model()
        again = make_loaders(easy_samples(), batch_size=16)
        ModelTrainer(model).train(again.train, again.validation, epochs=2)
        outcomes.append(weights(model))
    assert torch.equal(*outcomes)


def test_training_leaves_global_random_numbers_as_they_were(loaders: Loaders) -> None:
    """What comes next from Python, NumPy and PyTorch is what would have come without training."""
    model, draws = small_model(), []
    for train in (False, True):
        random.seed(1)
        np.random.seed(1)  # the global generator is what is tested
        torch.manual_seed(1)
        if train:
            ModelTrainer(model, seed=3).train(loaders.train, loaders.validation, epochs=1)
        draws.append((random.random(), np.random.rand(), torch.rand(1).item()))
    assert draws[0] == draws[1]


def test_the_optimiser_steps_once_per_batch(loaders: Loaders, monkeypatch: pytest.MonkeyPatch) -> None:
    """56 images in batches of 16 are 4 steps an epoch, with and without mixed precision."""
    steps: list[int] = []
    original = torch.optim.AdamW.step
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self, *rest: (steps.append(1), original(self, *rest))[1])
    for precision in ("fp32", "bf16"):
        steps.clear()
        ModelTrainer(small_model(), precision=precision).train(loaders.train, loaders.validation, epochs=2)
        assert len(steps) == 8


def test_biases_and_normalisations_have_no_weight_decay() -> None:
    """Matrices and filters in one group with decay, one-dimensional parameters in another without; nothing lost."""
    model = small_model()
    decayed, others = parameter_groups(model, 0.1)
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert {parameter.ndim for parameter in others["params"]} == {1}
    assert len(decayed["params"]) + len(others["params"]) == len(list(model.parameters()))
    frozen = nn.Linear(2, 2).requires_grad_(False)
    assert [group["params"] for group in parameter_groups(frozen, 0.1)] == [[], []]


def test_gradients_are_clipped_to_the_norm_asked_for(loaders: Loaders) -> None:
    """A tiny norm makes tiny steps: in 4 of them, with a rate of 1 and momentum, the weights move by a few times the norm."""
    model, untouched = small_model(), small_model()
    trainer = ModelTrainer(model, optimizer="sgd", learning_rate=1.0, clip_norm=1e-6, weight_decay=0.0, schedule="constant")
    trainer.train(loaders.train, loaders.validation, epochs=1)
    moved = [after - before for after, before in zip(model.parameters(), untouched.parameters(), strict=True)]
    assert 0 < torch.cat([step.flatten() for step in moved]).norm() < 1e-4


def test_an_interval_without_improvement_ends_training_early(loaders: Loaders) -> None:
    """With a learning rate of almost zero nothing improves for long: 3 epochs of patience, then the end, marked as such."""
    history = ModelTrainer(small_model(), learning_rate=1e-12, patience=3).train(loaders.train, loaders.validation, epochs=40)
    assert history.stopped_early
    assert history.epochs < 40
    assert history.epochs - history.best_epoch == 3
    whole = ModelTrainer(small_model(), learning_rate=1e-12, patience=3)
    assert not whole.train(loaders.train, loaders.validation, epochs=history.epochs).stopped_early, "it was the last one anyway"


def test_the_seconds_of_the_epochs_are_those_of_training(loaders: Loaders) -> None:
    """Each has some, and all together no more than the call took."""
    started = time.perf_counter()
    history = ModelTrainer(small_model()).train(loaders.train, loaders.validation, epochs=2)
    assert min(history.seconds) > 0
    assert sum(history.seconds) < time.perf_counter() - started


# --- bad input ---


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "adam2"}, "unknown optimizer 'adam2'; choose one of: adamw, sgd, muon"),
        ({"schedule": "linear"}, "unknown schedule 'linear'"),
        ({"weight_decay": -1.0}, "weight_decay must not be below 0, got -1.0"),
        ({"precision": "fp16"}, "unknown precision 'fp16'; choose one of: auto, fp32, bf16"),
        ({"device": "tpu9"}, "unknown device 'tpu9'; choose one of: auto"),
        ({"learning_rate": 0}, "learning_rate must be above 0, got 0"),
        ({"label_smoothing": 2}, r"label_smoothing must lie in \[0, 1\), got 2"),
        ({"patience": 0}, "patience must be above 0, got 0"),
    ],
)
def test_unknown_settings_are_answered_with_the_choices(settings: dict[str, Any], message: str) -> None:
    """Optimiser, schedule, precision, device, and figures out of their range."""
    with pytest.raises(ValueError, match=message):
        ModelTrainer(small_model(), **settings)


def test_a_label_without_a_class_is_named(loaders: Loaders) -> None:
    """A model with 3 classes on 4: the label, the range, and what to do."""
    model = create_model("fast_cnn", 3, image_size=16)
    with pytest.raises(ValueError, match=r"label 3 does not fit a model with 3 classes.*num_classes=len\(loader.classes\)"):
        ModelTrainer(model).train(loaders.train, loaders.validation, epochs=1)


def test_a_validation_label_without_a_class_is_named() -> None:
    """The same for labels that only the validation part has."""
    images = torch.zeros(4, 1, 16, 16)
    train, val = [(images, torch.tensor([0, 1, 2, 3]))], [(images, torch.tensor([0, 1, 2, 9]))]
    with pytest.raises(ValueError, match="label 9 does not fit"):
        ModelTrainer(small_model()).train(train, val, epochs=1)


def test_loaders_that_yield_nothing_are_named(loaders: Loaders) -> None:
    """An empty training loader, and an empty validation loader."""
    with pytest.raises(ValueError, match="training loader yields no batches"):
        ModelTrainer(small_model()).train([], loaders.validation, epochs=1)
    with pytest.raises(ValueError, match="validation loader yields no batches"):
        ModelTrainer(small_model()).train(loaders.train, [], epochs=1)


def test_a_loader_that_can_be_read_only_once_is_named(loaders: Loaders) -> None:
    """A generator is empty in the second epoch, or after it was counted."""
    once = (batch for batch in list(loaders.train))
    with pytest.raises(ValueError, match="iterated over in every epoch"):
        ModelTrainer(small_model()).train(once, loaders.validation, epochs=2)


def test_no_epochs_and_no_folder_to_resume_from_are_refused(loaders: Loaders) -> None:
    """epochs=0, and resume=True without a folder."""
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        ModelTrainer(small_model()).train(loaders.train, loaders.validation, epochs=0)
    with pytest.raises(ValueError, match="resume=True needs a folder"):
        ModelTrainer(small_model()).train(loaders.train, loaders.validation, resume=True)


def test_a_loss_that_is_not_finite_stops_training_and_keeps_the_best_checkpoint(loaders: Loaders, tmp_path: Path) -> None:
    """NaN images in the third epoch: the error names step and epoch; model and checkpoint hold the best weights from before."""

    class Poisoned:
        epoch = 0

        def __len__(self) -> int:
            return len(loaders.train)

        def __iter__(self):
            self.epoch += 1
            for step, (images, labels) in enumerate(loaders.train, start=1):
                yield (images * torch.nan if self.epoch == 3 and step == 2 else images), labels

    model = small_model()
    with pytest.raises(TrainingDivergedError, match="the loss is nan at step 2 of epoch 3"):
        ModelTrainer(model, folder=tmp_path).train(Poisoned(), loaders.validation, epochs=5)
    saved = load_file(tmp_path / "best.safetensors")
    assert weights(model).isfinite().all()
    assert all(torch.equal(saved[name], tensor) for name, tensor in model.state_dict().items())


def test_a_gradient_that_is_not_finite_never_reaches_the_weights(loaders: Loaders, tmp_path: Path) -> None:
    """NaN in the gradient of the last step of an epoch: an error before the step, and no checkpoint with NaN in it."""
    model = small_model()
    steps = []

    def spoil(gradient: Tensor) -> Tensor:
        steps.append(1)
        return gradient * torch.nan if len(steps) == 8 else gradient

    model.classifier.weight.register_hook(spoil)
    with pytest.raises(TrainingDivergedError, match="the gradient's norm is nan at step 4 of epoch 2"):
        ModelTrainer(model, folder=tmp_path).train(loaders.train, loaders.validation, epochs=3)
    assert weights(model).isfinite().all()
    assert all(tensor.isfinite().all() for tensor in load_file(tmp_path / "best.safetensors").values())


def test_validation_images_that_give_no_number_are_said(loaders: Loaders) -> None:
    """NaN in a validation image is not taken for a result."""
    broken = [(images * torch.nan, labels) for images, labels in loaders.validation]
    with pytest.raises(TrainingDivergedError, match="the validation loss is nan after epoch 1"):
        ModelTrainer(small_model()).train(loaders.train, broken, epochs=2)


def test_weights_that_are_lost_are_not_called_the_best(loaders: Loaders) -> None:
    """In the first epoch there are none from before."""
    with pytest.raises(TrainingDivergedError, match="the model is of no use, for no epoch was finished"):
        ModelTrainer(small_model(), learning_rate=1e30).train(loaders.train, loaders.validation, epochs=1)


def test_ctrl_c_leaves_the_best_weights(loaders: Loaders) -> None:
    """KeyboardInterrupt in the third epoch goes on to the caller; the model holds the best weights of the first two."""

    class Interrupting:
        epoch = 0

        def __len__(self) -> int:
            return len(loaders.train)

        def __iter__(self):
            self.epoch += 1
            yield from loaders.train
            if self.epoch == 3:
                raise KeyboardInterrupt

    model = small_model()
    trainer = ModelTrainer(model)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(Interrupting(), loaders.validation, epochs=5)
    assert not model.training
    assert trainer.history.epochs == 2
    assert evaluate_loss(model, loaders.validation)[0] == trainer.history.val_loss[trainer.history.best_epoch - 1]


# --- checkpoints ---


def test_the_best_checkpoint_says_all_that_prediction_needs(loaders: Loaders, tmp_path: Path) -> None:
    """Model, classes, normalisation, metrics and versions; its predictions are the model's."""
    model = small_model()
    history = ModelTrainer(model, folder=tmp_path).train(loaders.train, loaders.validation, epochs=3)
    checkpoint = load_checkpoint(tmp_path / "best.safetensors")
    card = checkpoint.card
    assert card.spec == model.spec
    assert card.classes == loaders.train.classes
    assert card.data == "easy"
    assert (card.mean, card.std) == (loaders.normalization.mean, loaders.normalization.std)
    assert card.metrics["val_accuracy"] == history.val_accuracy[history.best_epoch - 1]
    assert card.versions["torch"] == torch.__version__
    images, _ = next(iter(loaders.test))
    expected = model(images).softmax(dim=1)
    assert torch.allclose(checkpoint.predict(loaders.test.samples.images), expected, atol=1e-5)


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")

MODELS = [
    {"name": "first", "type": "fast_cnn", "num_classes": 4},
    {"name": "second", "type": "simple_cnn", "num_classes": 4},
]


class Killing(BatchLoader):
    """Batches until the process is killed."""

    left: int

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in super().__iter__():
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            yield batch


def train_until_killed(kind: str, folder: Path, kill_at: int, seed: int) -> None:
    """Train one model or several, resuming; -1 is never killed."""
    torch.set_num_threads(1)
    loaders = make_loaders(split_samples(easy_samples()), batch_size=16, seed=seed)
    assert isinstance(loaders.train, BatchLoader)
    loaders.train.__class__ = Killing
    loaders.train.left = kill_at
    if kind == "one":
        ModelTrainer(small_model(seed), folder=folder).train(loaders.train, loaders.validation, epochs=5, resume=True)
    else:
        multi = MultiModelTrainer(folder)
        multi.train_multiple_models(MODELS, loaders.train, loaders.validation, loaders.test, epochs=3, resume=True)


def run_program(kind: str, folder: Path, kill_at: int, seed: int = 0) -> int:
    """Train in a process that kills itself before a batch; its exit status.

    The seed decides on first weights and batches, unless these come from a checkpoint. All processes are forked from one that has
    imported PyTorch, and computed nothing.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["handwriting_workshop.trainer", "torch._dynamo"])  # which an optimizer imports
    process = context.Process(target=train_until_killed, args=(kind, folder, kill_at, seed))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode


@POSIX
def test_killed_and_resumed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    """Killed in the third of five epochs, then resumed: the weights are those of an uninterrupted run, bit for bit.

    The resuming process starts with other weights and another shuffling, and is killed should it train more than the three
    epochs (12 batches) that are missing: so all it knows comes from the checkpoint.
    """
    assert run_program("one", tmp_path / "whole", -1) == 0
    assert run_program("one", tmp_path / "killed", 10) == -signal.SIGKILL
    assert run_program("one", tmp_path / "killed", kill_at=12, seed=9) == 0
    whole, resumed = (load_file(tmp_path / name / "best.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    states = [torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "killed")]
    assert all(torch.equal(states[0]["model"][name], states[1]["model"][name]) for name in states[0]["model"])
    histories = [History.from_json(state["history"]) for state in states]
    assert histories[0].val_loss == histories[1].val_loss
    assert histories[0].train_loss == histories[1].train_loss


@POSIX
def test_a_killed_run_of_several_models_resumes_to_the_same_results(tmp_path: Path) -> None:
    """Killed in the second model: the first is not trained again, the second goes on, and all ends as if nothing had been.

    The resuming run is killed should it ask for more than one batch (to see what images are like) and the second model's two
    missing epochs of four batches.
    """
    assert run_program("several", tmp_path / "whole", -1) == 0
    assert run_program("several", tmp_path / "killed", 1 + 3 * 4 + 6) == -signal.SIGKILL
    first = (tmp_path / "killed" / "first" / "result.json").read_bytes()
    assert run_program("several", tmp_path / "killed", kill_at=1 + 2 * 4) == 0
    assert (tmp_path / "killed" / "first" / "result.json").read_bytes() == first
    for name in ("first", "second"):
        whole, resumed = (load_file(tmp_path / run / name / "best.safetensors") for run in ("whole", "killed"))
        assert all(torch.equal(whole[key], resumed[key]) for key in whole)
        results = [ModelResult.from_json((tmp_path / run / name / "result.json").read_bytes()) for run in ("whole", "killed")]
        assert results[0].evaluation == results[1].evaluation


def test_a_schedule_of_numpys_numbers_can_be_resumed(loaders: Loaders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """np.float64 is as good a share of the learning rate as float: none is left in `last.pt`, which holds no objects."""
    monkeypatch.setattr(model_trainer, "learning_rate_factor", lambda *given: np.float64(learning_rate_factor(*given)))
    ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1)
    again = ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1, resume=True)
    assert again.epochs == 1


def test_a_finished_training_is_resumed_at_no_cost(loaders: Loaders, tmp_path: Path) -> None:
    """resume=True after the last epoch trains no further and gives the same history and weights."""
    model = small_model()
    history = ModelTrainer(model, folder=tmp_path).train(loaders.train, loaders.validation, epochs=2)
    again = small_model(seed=5)
    assert ModelTrainer(again, folder=tmp_path).train(loaders.train, loaders.validation, epochs=2, resume=True) == history
    assert torch.equal(weights(again), weights(model))


def test_other_settings_cannot_resume(loaders: Loaders, tmp_path: Path) -> None:
    """The error says what is different, and what to do."""
    ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1)
    other = ModelTrainer(small_model(), folder=tmp_path, learning_rate=0.1)
    with pytest.raises(ValueError, match=r"another training \(learning_rate 0.003 -> 0.1\); train in a new folder"):
        other.train(loaders.train, loaders.validation, epochs=1, resume=True)


def test_other_data_and_another_model_cannot_resume(loaders: Loaders, tmp_path: Path) -> None:
    """As many images, but others; and a model of another kind."""
    ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1)
    others = make_loaders(easy_samples(seed=1), batch_size=16)
    with pytest.raises(ValueError, match=r"training data 56 images, .* -> 56 images"):
        ModelTrainer(small_model(), folder=tmp_path).train(others.train, others.validation, epochs=1, resume=True)
    train = loaders.train
    assert isinstance(train, BatchLoader)
    paler = BatchLoader(
        train.samples, Normalization((0.5,), (0.5,)), batch_size=16, shuffle=True, augmentation=train.augmentation
    )
    with pytest.raises(ValueError, match=r"training data .* normalization Normalization\(mean=\(0\.5,\), std=\(0\.5,\)\)"):
        ModelTrainer(small_model(), folder=tmp_path).train(paler, loaders.validation, epochs=1, resume=True)
    other = ModelTrainer(create_model("simple_cnn", 4, image_size=16), folder=tmp_path)
    with pytest.raises(ValueError, match=r"another training \(model .*fast_cnn.* -> .*simple_cnn"):
        other.train(loaders.train, loaders.validation, epochs=1, resume=True)


def test_endless_data_of_other_characters_cannot_resume(tmp_path: Path) -> None:
    """As many batches, but letters where digits were; a function that normalises is known by its name in every process."""

    def halved(images: Tensor) -> Tensor:
        return images / 2

    def drawn(characters: str) -> SyntheticLoader:
        return SyntheticLoader(list(characters), normalization=halved, images_per_epoch=32, batch_size=16, image_size=16)

    ModelTrainer(small_model(), folder=tmp_path).train(drawn("0123"), drawn("0123"), epochs=1)
    assert "0x" not in str(load_training_state(tmp_path / "last.pt")["settings"])
    with pytest.raises(ValueError, match=r"training data .*'0', '1', '2', '3'.* -> .*'a', 'b', 'c', 'd'"):
        ModelTrainer(small_model(), folder=tmp_path).train(drawn("abcd"), drawn("0123"), epochs=1, resume=True)


def test_a_damaged_state_is_named_and_nothing_is_lost(loaders: Loaders, tmp_path: Path) -> None:
    """A truncated last.pt: the error names the file; best.safetensors is still there and whole."""
    ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1)
    content = (tmp_path / "last.pt").read_bytes()
    (tmp_path / "last.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"last\.pt is damaged"):
        ModelTrainer(small_model(), folder=tmp_path).train(loaders.train, loaders.validation, epochs=1, resume=True)
    load_checkpoint(tmp_path / "best.safetensors")


def test_a_full_disk_stops_training_with_the_previous_checkpoint_intact(
    loaders: Loaders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second epoch's checkpoint cannot be written: an OSError, the model still holds its best weights."""
    written: list[Path] = []
    original = model_trainer.save_training_state

    def failing(path: Path, state: dict[str, object]) -> Path:
        if written:
            raise OSError(28, f"could not write {path}: No space left on device")
        written.append(path)
        return original(path, state)

    monkeypatch.setattr(model_trainer, "save_training_state", failing)
    model = small_model()
    trainer = ModelTrainer(model, folder=tmp_path)
    with pytest.raises(OSError, match="No space left on device"):
        trainer.train(loaders.train, loaders.validation, epochs=4)
    assert History.from_json(torch.load(tmp_path / "last.pt", weights_only=True)["history"]).epochs == 1
    assert evaluate_loss(model, loaders.validation)[0] == trainer.history.val_loss[trainer.history.best_epoch - 1]


# --- several models ---


def failing_evaluation(_model: nn.Module, _loader: object) -> EvaluationResult:
    """An evaluation that does not work."""
    raise RuntimeError("the test failed")


def test_several_models_are_trained_tested_and_compared(
    loaders: Loaders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two models: results by name, a table with both, a figure, and a folder each with checkpoint and result."""
    multi = MultiModelTrainer(tmp_path)
    results = multi.train_multiple_models(MODELS, loaders.train, loaders.validation, loaders.test, epochs=4)
    assert list(results) == ["first", "second"]
    assert results["first"]["evaluation"]["accuracy"] > 0.5
    table = multi.compare_models()
    assert table in capsys.readouterr().out
    assert all(name in table for name in results)
    multi.plot_comparison()
    assert (tmp_path / "comparison.png").stat().st_size > 1000
    for name, result in results.items():
        assert load_checkpoint(tmp_path / str(result.checkpoint)).card.classes == loaders.train.classes
        assert ModelResult.from_json((tmp_path / name / "result.json").read_bytes()) == result
        assert not (tmp_path / name / "last.pt").exists()


def test_one_model_failing_does_not_lose_the_others(loaders: Loaders) -> None:
    """A model with too few classes fails with its reason; the one before and the one after it are there."""
    config = [MODELS[0], {"name": "wrong", "type": "fast_cnn", "num_classes": 2}, MODELS[1]]
    results = MultiModelTrainer().train_multiple_models(config, loaders.train, loaders.validation, loaders.test, epochs=1)
    assert [result.error is None for result in results.values()] == [True, False, True]
    assert "does not fit a model with 2 classes" in str(results["wrong"].error)


def test_each_model_starts_the_same_whatever_came_before() -> None:
    """A model trained second has the results of the same model trained alone."""

    def accuracy_and_loss(config: list[dict[str, object]]) -> EvaluationResult:
        multi = MultiModelTrainer()
        again = make_loaders(easy_samples(), batch_size=16)
        results = multi.train_multiple_models(config, again.train, again.validation, again.test, epochs=2)
        evaluation = results["second"].evaluation
        assert evaluation is not None
        return evaluation

    assert accuracy_and_loss(MODELS) == accuracy_and_loss(MODELS[1:])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([{"name": "a", "type": "fast_cnn"}], "lacks num_classes"),
        ([{"name": "a", "type": "fast_cnn", "num_classes": 4, "learning_rat": 1}], "a: unknown learning_rat"),
        ([MODELS[0], MODELS[0]], "given more than once: first"),
        ([MODELS[0] | {"name": "../escape"}], "'../escape' cannot be one"),
        ([MODELS[0] | {"name": "own_data"}], "'own_data' cannot be one"),
    ],
)
def test_wrong_configurations_are_refused_before_anything_is_trained(
    loaders: Loaders, config: list[dict[str, object]], message: str
) -> None:
    """A missing key, a misspelt one, one name for two models, names that are no folder of the model's own."""
    with pytest.raises(ValueError, match=message):
        MultiModelTrainer().train_multiple_models(config, loaders.train, loaders.validation, loaders.test)


def test_an_empty_training_loader_is_named(loaders: Loaders) -> None:
    """Before anything is trained."""
    with pytest.raises(ValueError, match="the training loader yields no batches"):
        MultiModelTrainer().train_multiple_models(MODELS, [], loaders.validation, loaders.test)


def test_two_runs_never_write_into_one_folder(loaders: Loaders, tmp_path: Path) -> None:
    """The second is refused while the first is at work, and works after it."""
    run = {"train_loader": loaders.train, "val_loader": loaders.validation, "test_loader": loaders.test, "epochs": 1}
    refused = []

    def second_run(_model: nn.Module, _loader: object) -> EvaluationResult:
        with pytest.raises(BlockingIOError, match="another run is writing into"):
            MultiModelTrainer(tmp_path).train_multiple_models(MODELS[:1], **run)
        refused.append(True)
        raise RuntimeError("enough seen")

    MultiModelTrainer(tmp_path, evaluate=second_run).train_multiple_models(MODELS[:1], **run)
    assert refused
    assert MultiModelTrainer(tmp_path).train_multiple_models(MODELS[:1], **run)["first"].error is None


def test_models_tested_in_another_order_are_compared_without_ties(loaders: Loaders) -> None:
    """A shuffled test loader gives each model another order of images: a table all the same."""
    samples = loaders.test.samples
    data = TensorDataset(samples.images.float() / 255, samples.labels)
    test_loader = DataLoader(data, batch_size=4, shuffle=True)
    multi = MultiModelTrainer()
    multi.train_multiple_models(MODELS, loaders.train, loaders.validation, test_loader, epochs=1)
    assert "second" in multi.compare_models()


def test_a_new_run_forgets_what_an_older_one_left(loaders: Loaders, tmp_path: Path) -> None:
    """Without resume, an older result in the same folder cannot be mistaken for this run's, even if this one fails."""
    run = {"train_loader": loaders.train, "val_loader": loaders.validation, "test_loader": loaders.test, "epochs": 1}
    MultiModelTrainer(tmp_path).train_multiple_models(MODELS[:1], **run)
    broken = MultiModelTrainer(tmp_path, evaluate=failing_evaluation)
    assert "the test failed" in str(broken.train_multiple_models(MODELS[:1], **run)["first"].error)
    assert not (tmp_path / "first" / "result.json").exists()


def test_another_configuration_cannot_resume(loaders: Loaders, tmp_path: Path) -> None:
    """Before anything is trained or written: whoever mistypes an option keeps the results and the report of before."""
    run = {"train_loader": loaders.train, "val_loader": loaders.validation, "test_loader": loaders.test, "resume": True}
    MultiModelTrainer(tmp_path).train_multiple_models(MODELS[:1], epochs=1, **run)
    other_batches = BatchLoader(loaders.train.samples, loaders.train.normalization, batch_size=7, shuffle=True)
    for other in ({"epochs": 2}, {"epochs": 1, "train_loader": other_batches}):
        with pytest.raises(ValueError, match="another configuration or other data"):
            MultiModelTrainer(tmp_path).train_multiple_models(MODELS, **run | other)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["first"]
    assert json.loads((tmp_path / "first" / "config.json").read_text())["epochs"] == 1


@pytest.mark.parametrize("name", ["config.json", "result.json"])
def test_a_damaged_file_of_an_earlier_run_is_named(loaders: Loaders, tmp_path: Path, name: str) -> None:
    """The resumed run, or the model's result in it, says which file it is, and what to do."""
    run = {"train_loader": loaders.train, "val_loader": loaders.validation, "test_loader": loaders.test, "epochs": 1}
    MultiModelTrainer(tmp_path).train_multiple_models(MODELS[:1], **run)
    path = tmp_path / "first" / name
    path.write_bytes(path.read_bytes()[:10])
    again = MultiModelTrainer(tmp_path)
    if name == "config.json":  # then nobody knows whether it is the same training
        with pytest.raises(ValueError, match=r"config\.json is damaged"):
            again.train_multiple_models(MODELS[:1], resume=True, **run)
    else:
        results = again.train_multiple_models(MODELS[:1], resume=True, **run)
        assert "result.json is damaged" in str(results["first"].error)


# --- devices ---


def test_muon_takes_every_parameter_of_a_model() -> None:
    """Matrices and filters by itself; biases, normalisations and filters of one channel, as of the first layer, by AdamW."""
    model = small_model()
    optimizer = make_optimizer("muon", model, 0.02, 0.0)
    model(torch.rand(4, 1, 16, 16)).square().sum().backward()
    optimizer.step()
    state = {name: "momentum_buffer" in optimizer.state[parameter] for name, parameter in model.named_parameters()}
    wanted = {name: parameter.ndim > 1 and parameter.shape[1] > 1 for name, parameter in model.named_parameters()}
    assert (state, set(wanted.values())) == (wanted, {True, False})


@pytest.mark.gpu
def test_training_on_a_gpu_matches_training_on_the_cpu() -> None:
    """In float32, two epochs end with nearly the same validation loss on both."""
    losses = []
    for device in ("cpu", "cuda"):
        again = make_loaders(easy_samples(), batch_size=16)
        history = ModelTrainer(small_model(), device=device, precision="fp32").train(again.train, again.validation, epochs=2)
        losses.append(history.val_loss[-1])
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


@pytest.mark.gpu
def test_mixed_precision_on_a_gpu_learns(loaders: Loaders) -> None:
    """bf16 is chosen by itself, and the easy set is learnt."""
    trainer = ModelTrainer(small_model(), device="cuda")
    assert trainer.precision == torch.bfloat16
    assert max(trainer.train(loaders.train, loaders.validation, epochs=12).val_accuracy) > 0.9
