"""`workshop run --code exercises`: the workshop on one's own code, as far as it goes, and a reward for each finished step.

A step counts as finished when none of its gaps that count is open. Where all are, this is `workshop run` itself; before that,
each finished step shows what it can do alone. The reference stands in for the others where it is there; a handout has none.
"""

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grading.learning.gaps import open_gaps, parsed
from grading.learning.workspace import Workspace, read_source
from grading.manifest import Step
from grading.runtime.box import TODO
from grading.runtime.overlay import StepModules


def missing_exercises(folder: Path, step: Step) -> list[str]:
    """The exercises of a step that count and are open in a folder, or all of them where a file is not there."""
    missing = []
    for exercise in step.exercises:
        path = folder / step.folder / f"{exercise.module}.py"
        if not exercise.optional and (not path.is_file() or exercise.id in open_gaps(read_source(path))):
            missing.append(exercise.id)
    return missing


def draw(out: Path) -> str:
    """Step 1: what one's own generator draws."""
    from handwriting_workshop.plots import plot_samples, save_figure
    from handwriting_workshop.synthetic import create_synthetic_samples

    save_figure(plot_samples(create_synthetic_samples("mixed", 20)), out / "drawn.png")
    return "characters that your code draws: drawn.png"


def prepare(out: Path) -> str:
    """Step 2: a batch of real digits, split, augmented and normalised."""
    from handwriting_workshop.data_loader import make_loaders
    from handwriting_workshop.embedded import embedded_mnist
    from handwriting_workshop.plots import plot_images, save_figure

    loaders = make_loaders(embedded_mnist(), batch_size=64)
    images, labels = next(iter(loaders.train))
    save_figure(plot_images(images, [str(int(label)) for label in labels], 16, "One batch of your loader"), out / "batch.png")
    return "a batch of real digits as your loader gives it: batch.png"


def build(out: Path) -> str:
    """Step 3: the sizes of one's own models, and what the first layer of one makes of a digit after a few steps of training."""
    import torch
    from torch.nn import Conv2d, CrossEntropyLoss

    from handwriting_workshop.embedded import embedded_mnist
    from handwriting_workshop.models import count_parameters, create_model
    from handwriting_workshop.plots import plot_images, save_figure

    sizes = [f"{name} {count_parameters(create_model(name, 10)):,}" for name in ("simple_cnn", "improved_cnn", "resnet18")]
    digits = embedded_mnist()
    pictures = digits.images.float() / 255
    torch.manual_seed(0)
    model = create_model("simple_cnn", 10).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(30):
        chosen = torch.randint(len(digits), (64,))
        optimizer.zero_grad()
        CrossEntropyLoss()(model(pictures[chosen]), digits.labels[chosen]).backward()
        optimizer.step()
    first = next(layer for layer in model.modules() if isinstance(layer, Conv2d))
    five = pictures[digits.labels == 5][:1]
    with torch.inference_mode():
        (responses,) = first(five).relu()
    shown = (responses / responses.max().clamp(min=1e-6)).unsqueeze(1)
    heading = "What each channel of your first convolution finds in a 5"
    save_figure(plot_images(shown, [""] * len(shown), 8, heading), out / "responses.png")
    return f"parameters of your models: {', '.join(sizes)}; what the first layer sees: responses.png"


def train(out: Path) -> str:
    """Steps 2 to 4: a trained model."""
    from handwriting_workshop.data_loader import make_loaders
    from handwriting_workshop.embedded import embedded_mnist
    from handwriting_workshop.models import create_model
    from handwriting_workshop.plots import plot_training, save_figure
    from handwriting_workshop.trainer import ModelTrainer

    loaders = make_loaders(embedded_mnist())
    history = ModelTrainer(create_model("simple_cnn", 10), folder=out).train(loaders.train, loaders.validation, epochs=3)
    save_figure(plot_training({"simple_cnn": history}), out / "training.png")
    return f"a model that reads {max(history.val_accuracy):.1%} of unseen digits: best.safetensors, training.png"


def evaluate(out: Path) -> str:
    """Steps 2 to 5: what the trained model is worth."""
    from handwriting_workshop.checkpoints import load_checkpoint, write_atomically
    from handwriting_workshop.data_loader import make_loaders
    from handwriting_workshop.embedded import embedded_mnist
    from handwriting_workshop.evaluator import ModelEvaluator
    from handwriting_workshop.plots import plot_confusion_matrix, save_figure
    from handwriting_workshop.report import evaluation_report

    if not (out / "best.safetensors").is_file():
        train(out)
    model = load_checkpoint(out / "best.safetensors").model
    result = ModelEvaluator(model).evaluate_dataset(make_loaders(embedded_mnist()).test)
    save_figure(plot_confusion_matrix(result), out / "confusion_matrix.png")
    write_atomically(out / "evaluation.txt", evaluation_report(result).encode())
    return f"{result.accuracy:.1%} of the test digits are read: evaluation.txt, confusion_matrix.png"


def collect(out: Path) -> str:
    """Step 6: a sheet to write on."""
    from handwriting_workshop.sheets import create_sample_sheet

    create_sample_sheet(out / "sheet.pdf", "0123456789")
    return "a sheet to print and write on, laid out by your code: sheet.pdf"


REWARDS: tuple[tuple[Callable[[Path], str], tuple[int, ...]], ...] = (
    (draw, (1,)),
    (prepare, (2,)),
    (build, (3,)),
    (train, (2, 3, 4)),
    (evaluate, (2, 3, 4, 5)),
    (collect, (6,)),
)
"""What is shown, and the steps that it needs."""


def main() -> int:
    """Command line; the exit status."""
    parser = argparse.ArgumentParser(prog="workshop run --code", description="The workshop on your own code, as far as it goes.")
    parser.add_argument("--code", default="exercises", help="a folder with step1, step2, …: exercises, solutions or your own")
    parser.add_argument("--out", type=Path, default=Path("my_workshop_results"), help="results folder (default: %(default)s)")
    options, others = parser.parse_known_args()
    workspace = Workspace.find()
    folder = Path(options.code) if Path(options.code).is_dir() else workspace.root / options.code
    if not folder.is_dir():
        parser.error(f"there is no folder {options.code}; choose exercises, or a folder with step1, step2, …")
    missing = {step.number: missing_exercises(folder, step) for step in workspace.course.steps}
    finished = {number for number, open_ones in missing.items() if not open_ones}
    for step in workspace.course.steps:
        print(
            f"step {step.number}: {'your own' if step.number in finished else 'still missing ' + ', '.join(missing[step.number])}"
        )
    own = [step for step in workspace.course.steps if step.number in finished]
    files = {module: folder / step.folder / f"{module}.py" for step in own for module in step.modules}
    for path in files.values():
        try:
            parsed(read_source(path))
        except SyntaxError as error:
            print(f"{path}, line {error.lineno}: Python cannot read this ({error.msg})", file=sys.stderr)
            return 1
    if others and len(finished) < len(missing):
        parser.error(f"{' '.join(others)}: only the whole workshop has more options, and there are gaps that are still open")
    modules = StepModules(files, absent=[])
    with modules.active():
        if len(finished) == len(missing):
            return whole_workshop(workspace, folder, options.out, others, ["--code", options.code])
        options.out.mkdir(parents=True, exist_ok=True)
        try:
            return rewards(workspace, folder, finished, options.out)
        except KeyboardInterrupt:
            print(f"stopped; what is done lies in {options.out}", file=sys.stderr)
            return 130


def whole_workshop(workspace: Workspace, folder: Path, out: Path, others: list[str], typed: list[str]) -> int:
    """`workshop run`, without the models whose optional exercises are open; `typed` is what is to be typed again to go on."""
    from handwriting_workshop.cli import main as run

    step = workspace.course.step(3)
    texts = [read_source(folder / step.folder / f"{module}.py") for module in step.modules]
    without = ["--models", "simple_cnn", "improved_cnn", "resnet18"] if any(map(open_gaps, texts)) else []
    arguments: list[str] = ["run", "--out", str(out), *others]
    saved = max(path.stat().st_mtime for path in folder.glob("step*/*.py"))
    done = out.glob("*/result.json") if "--resume" in others else ()
    if older := sorted(path.parent.name for path in done if path.stat().st_mtime < saved):
        print(f"your code is newer than these results, which --resume keeps: {', '.join(older)}; without it all is run anew")
    try:
        status: Any = run(arguments if "--models" in others else [*arguments, *without], typed=typed)
    except (Exception, SystemExit) as error:
        if (place := place_in(folder, error)) is None:
            raise
        print(f"{in_words(error)} ({place}); what is done lies in {out}, and --resume goes on", file=sys.stderr)
        return 1
    return int(status or 0)


def place_in(folder: Path, error: BaseException) -> str | None:
    """The line of one's own that an exception came through last, `exercises/step2/data_loader.py:221`; None for none."""
    folder = folder.resolve()
    lines = [(Path(frame.filename).resolve(), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(path.relative_to(folder.parent).as_posix(), number) for path, number in lines if path.is_relative_to(folder)]
    return "{}:{}".format(*own[-1]) if own else None


def in_words(error: BaseException) -> str:
    """What went wrong, in a line."""
    if isinstance(error, SystemExit):
        return "your code ended Python itself, as `exit()` does"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def rewards(workspace: Workspace, folder: Path, finished: set[int], out: Path) -> int:
    """What each finished step can do; the exit status."""
    status = 0
    for show, needs in REWARDS:
        if needs[-1] not in finished:
            continue
        absent = [number for number in needs if number not in finished and not _reference_has(workspace, number)]
        if absent:
            print(f"step {needs[-1]}: its result needs step(s) {', '.join(map(str, absent))} as well")
            continue
        try:
            print(f"step {needs[-1]}: {show(out)}", flush=True)
        except (Exception, SystemExit) as error:  # whatever is wrong with one step, the others are still worth seeing
            if isinstance(error, NotImplementedError) and TODO.fullmatch(str(error)) is not None:
                print(f"step {needs[-1]}: {error}")
            else:
                where = f" ({place})" if (place := place_in(folder, error)) else ""
                print(f"step {needs[-1]}: no result, for {in_words(error)}{where}; workshop check {needs[-1]}")
            status = 1
    if not finished:
        print("no step is finished yet: workshop next")
    else:
        print(f"everything lies in {out}")
    return status


def _reference_has(workspace: Workspace, number: int) -> bool:
    """Whether the reference can stand in for a step."""
    modules = workspace.course.step(number).modules
    return all((workspace.root / "handwriting_workshop" / f"{module}.py").is_file() for module in modules)


if __name__ == "__main__":
    sys.exit(main())
