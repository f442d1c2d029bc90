"""Step 4: several models trained on the same data, and compared. For a single one, see `ModelTrainer` in `model_trainer.py`."""

import contextlib
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn
from tqdm.auto import tqdm

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.devices import isolated_random_state
from handwriting_workshop.model_trainer import ModelTrainer
from handwriting_workshop.results import EvaluationResult, ModelResult
from handwriting_workshop.training import Loader, evaluate_loss
from handwriting_workshop.training_state import fingerprint

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ModelTrainer", "MultiModelTrainer"]


# --- The ideas, one function each -----------------------------------------------------------------------------------------


def fair_start(build: Callable[[], nn.Module], loader: Any, seed: int) -> nn.Module:
    """A new model from `build()`, whose random first weights and whose batches both depend on the seed alone.

    So a model starts the same whichever models were trained before it. While `build` runs, the global random generators (of
    Python, NumPy and PyTorch) start from the seed; afterwards, also if `build` raises, they are as they were before. A loader
    that shuffles has a `torch.Generator` of its own, its attribute `generator`, which starts from the seed, too: that very
    object, since a DataLoader's sampler holds it as well. A loader without one, or whose `generator` is None, is left alone.
    """
    ### BEGIN SOLUTION 4.7
    if getattr(loader, "generator", None) is not None:
        loader.generator.manual_seed(seed)
    with isolated_random_state(seed):
        return build()
    ### END SOLUTION


def train_or_explain(configuration: dict[str, Any], train_one: Callable[[dict[str, Any]], ModelResult]) -> ModelResult:
    """The result of `train_one(configuration)`, or, if that raises an exception, a result that says why.

    Such a result has the configuration's `name` and `type`, and as `error` the name of the exception's class, without its module,
    a colon, and its text, such as "ValueError: label 3 does not fit". Ctrl-C (KeyboardInterrupt) is no failure of a model: it
    goes on to the caller.
    """
    ### BEGIN SOLUTION 4.7
    try:
        return train_one(configuration)
    except Exception as error:  # whatever it is, the other models' results must not be lost
        return ModelResult(name=configuration["name"], type=configuration["type"], error=f"{type(error).__name__}: {error}")
    ### END SOLUTION


# --- Put together ---------------------------------------------------------------------------------------------------------


class MultiModelTrainer:
    """Trains several models on the same data, evaluates them on the same test set and compares them.

    A model that fails becomes a result with an `error`; the others go on. With a `folder`, each model has a folder of its own
    in it, and `resume=True` skips the models that are finished and goes on with the one that was interrupted.

    `build_model(type, num_classes, *, image_size, in_channels, pretrained)` and `evaluate(model, loader)` are the workshop's
    own unless others are given.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        device: str = "auto",
        seed: int = 0,
        build_model: Callable[..., nn.Module] | None = None,
        evaluate: Callable[[nn.Module, Loader], EvaluationResult] | None = None,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.device = device
        self.seed = seed
        self.build_model = build_model
        self.evaluate = evaluate
        self.results: dict[str, ModelResult] = {}

    def train_multiple_models(
        self,
        models_config: Sequence[Mapping[str, Any]],
        train_loader: Loader,
        val_loader: Loader,
        test_loader: Loader,
        *,
        epochs: int = 10,
        resume: bool = False,
    ) -> dict[str, ModelResult]:
        """Train, then test, each model; its result by its name.

        A configuration has `name`, `type` (for `create_model`) and `num_classes`, and may have `epochs`, `pretrained` and any
        argument of `ModelTrainer`.

        Raises:
            ValueError: a configuration with a missing or unknown key, two models of one name, or a training loader that yields
                nothing; nothing was trained.
            BlockingIOError: another run is writing into the folder.
        """
        _check_configurations(models_config)
        images, _ = next(iter(train_loader), (None, None))
        if images is None:
            raise ValueError("the training loader yields no batches")
        with self._locked_folder():
            self._train_all(models_config, images.shape[1:], train_loader, val_loader, test_loader, epochs, resume)
        return self.results

    @contextlib.contextmanager
    def _locked_folder(self) -> Iterator[None]:
        """Keep a second run out of the folder; the system gives the lock back even if this run is killed."""
        if self.folder is None:
            yield
            return
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            held = lock.acquire()
        except Timeout:
            raise BlockingIOError(f"another run is writing into {self.folder}; wait for it, or use another folder") from None
        with held:
            yield

    def _train_all(
        self,
        models_config: Sequence[Mapping[str, Any]],
        image_shape: Sequence[int],
        train_loader: Loader,
        val_loader: Loader,
        test_loader: Loader,
        epochs: int,
        resume: bool,
    ) -> None:
        """One model after another; what fails becomes a result that says so."""
        data = ", ".join(fingerprint(loader) for loader in (train_loader, val_loader, test_loader))
        defaults: dict[str, Any] = {"epochs": epochs, "seed": self.seed, "device": self.device, "data": data}

        for given in models_config if resume else ():
            self._check_same(defaults | dict(given))

        def train_one(config: dict[str, Any]) -> ModelResult:
            finished = self._finished(config) if resume else None
            if finished is not None:
                return finished
            return self._train_one(config, image_shape, train_loader, val_loader, test_loader, resume)

        self.results = {}
        for number, given in enumerate(models_config, start=1):
            config = defaults | dict(given)
            tqdm.write(f"[{number}/{len(models_config)}] {config['name']}: {config['epochs']} epochs")
            result = train_or_explain(config, train_one)
            self.results[result.name] = result
            tqdm.write(f"    {_one_line(result)}")

    def _train_one(
        self,
        config: dict[str, Any],
        image_shape: Sequence[int],
        train_loader: Loader,
        val_loader: Loader,
        test_loader: Loader,
        resume: bool,
    ) -> ModelResult:
        """Build, train and test one model, and write its result."""
        folder = None if self.folder is None else self.folder / config["name"]
        if folder is not None:
            if not resume:
                _forget(folder)
            write_atomically(folder / "config.json", json.dumps(config, indent=1).encode())
        model = fair_start(lambda: self._build(config, image_shape), train_loader, config["seed"])
        settings = {name: value for name, value in config.items() if name in TRAINER_SETTINGS}
        trainer = ModelTrainer(model, folder=folder, **settings)
        history = trainer.train(train_loader, val_loader, epochs=config["epochs"], resume=resume)
        started = time.perf_counter()
        evaluate_loss(model, test_loader, trainer.device)
        seconds = time.perf_counter() - started
        evaluation = (self.evaluate or _default_evaluate)(model, test_loader)
        result = ModelResult(
            name=config["name"],
            type=config["type"],
            parameters=sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad),
            training_seconds=sum(history.seconds),
            images_per_second=len(evaluation.labels) / seconds,
            history=history,
            evaluation=evaluation,
            checkpoint=None if folder is None else f"{config['name']}/best.safetensors",
        )
        if folder is not None:
            result.save(folder / "result.json")
            (folder / "last.pt").unlink(missing_ok=True)  # several times the size of the model, and no longer needed
        return result

    def _build(self, config: Mapping[str, Any], image_shape: Sequence[int]) -> nn.Module:
        """A new model for the images that the loaders give."""
        channels, height, _ = image_shape
        return (self.build_model or _default_build_model)(
            config["type"],
            config["num_classes"],
            image_size=height,
            in_channels=channels,
            pretrained=config.get("pretrained", False),
        )

    def _check_same(self, config: Mapping[str, Any]) -> None:
        """Refuse to go on with another configuration: the results of all models would be told of as failures."""
        if self.folder is None:
            raise ValueError("resume=True needs a folder: MultiModelTrainer(folder)")
        folder = self.folder / str(config["name"])
        if not (folder / "config.json").exists():
            return
        try:
            before = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{folder / 'config.json'} is damaged ({error}); use a new folder, or do not resume") from None
        if before != dict(config):
            raise ValueError(
                f"{folder} holds a training with another configuration or other data; use a new folder, or do not resume"
            )

    def _finished(self, config: Mapping[str, Any]) -> ModelResult | None:
        """The result of a model that an earlier run finished."""
        assert self.folder is not None  # as `_check_same` has found out
        folder = self.folder / str(config["name"])
        path = folder / "result.json"
        if not (folder / "config.json").exists():
            return None
        try:
            return ModelResult.from_json(path.read_bytes()) if path.exists() else None
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}); delete it, and the model is trained again") from None

    def compare_models(self) -> str:
        """Print, and return, a table of all models, highest test accuracy first.

        A `=` marks those that a paired bootstrap cannot tell from the best one, a `✓` the one that validation chose.
        """
        from handwriting_workshop.evaluator import choose_on_validation, tied_with_best
        from handwriting_workshop.report import comparison_table, plain_table, remarks

        tied, chosen = tied_with_best(self.results), choose_on_validation(self.results)
        table = "\n".join([plain_table(comparison_table(self.results, tied, chosen)), *remarks(self.results)])
        print(table)
        return table

    def plot_comparison(self, path: str | os.PathLike[str] | None = None) -> "Figure":
        """Accuracy, parameters, seconds and images per second side by side; written to `path`, or into the folder."""
        from handwriting_workshop.plots import plot_comparison, save_figure

        figure = plot_comparison(self.results)
        if path is None and self.folder is not None:
            path = self.folder / "comparison.png"
        if path is not None:
            save_figure(figure, path)
        return figure


RESERVED_NAMES = ("data", "own_data", ".", "..")
"""Folders of a workshop's results that belong to no model."""

TRAINER_SETTINGS = tuple(name for name in inspect.signature(ModelTrainer).parameters if name not in ("model", "folder"))
"""What a model's configuration may set of its `ModelTrainer`."""


def _check_configurations(models_config: Sequence[Mapping[str, Any]]) -> None:
    required, optional = ("name", "type", "num_classes"), ("epochs", "pretrained", *TRAINER_SETTINGS)
    names = [config.get("name") for config in models_config]
    for config in models_config:
        if missing := [key for key in required if key not in config]:
            raise ValueError(f"a model's configuration lacks {', '.join(missing)}: {dict(config)}")
        if unknown := [key for key in config if key not in required + optional]:
            raise ValueError(
                f"{config['name']}: unknown {', '.join(unknown)}; a configuration may have {', '.join(required + optional)}"
            )
        if str(config["name"]) != Path(str(config["name"])).name or config["name"] in RESERVED_NAMES:
            raise ValueError(f"a model's name becomes the name of its folder; {config['name']!r} cannot be one")
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise ValueError(f"each model needs a name of its own; given more than once: {', '.join(twice)}")


def _default_build_model(*arguments: Any, **settings: Any) -> nn.Module:
    from handwriting_workshop.models import create_model

    return create_model(*arguments, **settings)


def _default_evaluate(model: nn.Module, loader: Loader) -> EvaluationResult:
    from handwriting_workshop.evaluator import ModelEvaluator

    return ModelEvaluator(model).evaluate_dataset(loader)


def _forget(folder: Path) -> None:
    """Delete what an earlier training in this folder left, so that a later `resume` cannot take it for this one's."""
    for name in ("result.json", "last.pt", "best.safetensors"):
        (folder / name).unlink(missing_ok=True)


def _one_line(result: ModelResult) -> str:
    if result.evaluation is None:
        return f"failed: {result.error}"
    return f"test accuracy {result.evaluation.accuracy:.1%} after {result.training_seconds:.1f} s of training"
