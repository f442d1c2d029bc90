"""What the cells of a step's notebook use: `check("3.2")` for the verdict, `own_code` and `show` for pictures.

The answers are the `.py` files beside the notebook. All public tests of the step run in a process of their own, and their
verdicts are kept until one of these files changes. Nothing here writes to stderr: nbgrader gives 0 to a cell that does.
"""

import atexit
import contextlib
import functools
import hashlib
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from grading.learning.workspace import Workspace
from grading.manifest import Course, Exercise, Step
from grading.runtime.overlay import StepModules

PATIENCE = 25
"""Seconds that a cell waits for its verdict while nbgrader runs it: nbgrader breaks a cell off after 30."""

LINES = 24
"""Of what the first failed test says."""

PRINTED = 10_000
"""Characters that a picture cell may print."""

PICTURE_SECONDS = 25
"""After so long, a picture is given up: a loop of the intern's may never end."""

BLOCKED = " is blocked by "
"""In the text of a test that came to a gap of another exercise."""

ROOT = Path(__file__).parents[2]

os.environ.setdefault(
    "OMP_WAIT_POLICY", "PASSIVE"
)  # before torch is imported: idle threads spin otherwise, here and in the tests


def check(exercise_id: str) -> float:
    """The points that the public tests give to an exercise in the file beside this notebook; what they say is printed."""
    folder = Path.cwd()
    course = _course(folder)
    exercise = course.exercise(exercise_id)
    if missing := [name for name in _step(course, exercise).modules if not (folder / f"{name}.py").is_file()]:
        print(f"{exercise_id}: there is no {missing[0]}.py beside this notebook, so there is nothing to test ({folder})")
        return 0.0
    end = time.monotonic() + PATIENCE if "NBGRADER_EXECUTION" in os.environ else None
    run = _run_of(folder, exercise_id)
    verdicts = run.verdicts(exercise_id, end)
    if run.died_before(exercise_id):
        run = _run_of(folder, exercise_id)
        verdicts = run.verdicts(exercise_id, end)
    if verdicts is None:
        print(f"{exercise_id}: the tests are still running; run this cell again in a moment")
        return 0.0
    text, points = told(exercise, verdicts, run.problem)
    print(text.replace(f"{folder}{os.sep}", "").replace(f"exercises{os.sep}{folder.name}{os.sep}", ""))
    return points


def told(exercise: Exercise, verdicts: Sequence[dict[str, str]], problem: str = "") -> tuple[str, float]:
    """What is said about an exercise's tests, and its points: the share of them that passed."""
    title = f"{exercise.id} {exercise.name}"
    if not verdicts:
        return f"{title}: its tests could not be run\n{_shortened(problem or 'the process that ran them came to an end')}", 0.0
    passed = sum(verdict["outcome"] == "passed" for verdict in verdicts)
    points = min(float(exercise.points), exercise.points * passed / len(verdicts))
    todo = sorted(
        {verdict["text"] for verdict in verdicts if verdict["outcome"] == "todo"}, key=lambda text: (BLOCKED in text, text)
    )
    failed = [verdict for verdict in verdicts if verdict["outcome"] == "failed"]
    if todo and not failed and not passed:
        return todo[0], 0.0
    lines = [f"{title}: {passed} of {len(verdicts)} public tests passed"]
    if exercise.points:
        lines[0] += f", {points:.3g} of {exercise.points} points; hidden tests run at grading"
    lines += [f"  {line}" for line in todo]
    if failed:
        lines += ["", _shortened(failed[0]["text"])]
        lines += ["", *(f"  also failed: {verdict['test']}" for verdict in failed[1:])] if failed[1:] else []
    lines += [f"\nthis looks familiar: {verdict['hint']}" for verdict in verdicts if verdict.get("hint")]
    return "\n".join(lines), points


def _shortened(text: str) -> str:
    """The first lines of a message."""
    lines = text.strip().splitlines()
    return "\n".join(lines if len(lines) <= LINES else [*lines[: LINES - 1], f"… and {len(lines) - LINES + 1} more lines"])


def _course(folder: Path) -> Course:
    return Workspace.find(folder).course


def _step(course: Course, exercise: Exercise) -> Step:
    return course.step(int(exercise.id.partition(".")[0]))


# --- Tests, in a process of their own -----------------------------------------------------------------------------------------


class Run:
    """One run of all public tests in a folder; verdicts can be had before it is over."""

    def __init__(self, folder: Path, first: str) -> None:
        self.first = first
        self.scratch = Path(tempfile.mkdtemp(prefix="workshop-"))
        self.lines = self.scratch / "verdicts.jsonl"
        self.lines.touch()
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        inherited = {name: text for name, text in os.environ.items() if name != "MPLBACKEND"}  # that is the notebook's own
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "grading.runtime.suite", str(folder), str(self.lines), first],
            env=inherited | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.problem = ""

    def entries(self) -> list[dict[str, Any]]:
        """What has been written down until now."""
        whole, _, _ = self.lines.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def died_before(self, exercise: str) -> bool:
        """Whether another exercise's code took the process with it, before any test of this one was run."""
        if self.process.poll() is None or exercise == self.first:
            return False
        entries = self.entries()
        is_whole = any("status" in entry for entry in entries)
        return not is_whole and not any(entry.get("exercise") == exercise for entry in entries)

    def verdicts(self, exercise: str, end: float | None) -> list[dict[str, str]] | None:
        """What the exercise's tests said; none if they could not be run, None if that is not known at the `end`, a moment."""
        while True:
            over = self.process.poll() is not None
            entries = self.entries()
            found = [entry for entry in entries if entry.get("exercise") == exercise]
            expected = next((entry["expected"].get(exercise, 0) for entry in entries if "expected" in entry), None)
            if over and expected is not None:  # a test that took the process with it has failed
                lost = {"outcome": "failed", "text": "the process that ran the tests came to an end", "test": "(not run)"}
                found += [lost] * (expected - len(found))
            self.problem = next((entry["problem"] for entry in entries if "problem" in entry), "")
            if over or (expected is not None and len(found) >= expected):
                return found
            if end is not None and time.monotonic() > end:
                return None
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, and leave nothing behind."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


_RUNS: dict[Path, tuple[str, Run]] = {}
"""Folder -> digest of its files, and the run on just these files."""


def _run_of(folder: Path, first: str) -> Run:
    """The run on a folder's files as they are now; a new one, with an exercise's tests first, if they have changed."""
    digest = _digest(sorted(folder.glob("*.py")))
    before = _RUNS.get(folder)
    if before is not None and before[0] == digest and not before[1].died_before(first):
        return before[1]
    if before is not None:
        before[1].stop()
    _RUNS[folder] = digest, Run(folder, first)
    return _RUNS[folder][1]


@atexit.register
def _stop_all() -> None:
    for _, run in _RUNS.values():
        run.stop()


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in paths)).hexdigest()


# --- Pictures -----------------------------------------------------------------------------------------------------------------


class OwnModules:
    """The intern's modules of one step, as attributes: `mine.models`."""

    def __init__(self, modules: StepModules) -> None:
        self._modules = modules

    def __getattr__(self, name: str) -> ModuleType:
        if f"handwriting_workshop.{name}" not in self._modules.files:
            known = ", ".join(full.rpartition(".")[2] for full in self._modules.files)
            raise AttributeError(f"there is no module {name!r} in this step; it has {known}")
        return self._modules.module(name)


@functools.lru_cache(maxsize=1)
def _modules(folder: Path, number: int, _digest_of_files: str) -> StepModules:
    """The modules in a folder, loaded anew whenever a file has changed."""
    course = _course(folder)
    files = {name: folder / f"{name}.py" for name in course.step(number).modules}
    return StepModules(files, [name for step in course.steps for name in step.modules if name not in files])


class Shortened(io.TextIOBase):
    """What is printed, up to a page or two: a loop that prints would make a notebook of many megabytes."""

    def __init__(self, inner: IO[str]) -> None:
        self.inner, self.left = inner, PRINTED

    def write(self, text: str) -> int:
        """Pass on what there is still room for."""
        if self.left >= 0:
            self.inner.write(text[: self.left])
            self.left -= len(text)
            if self.left < 0:
                self.inner.write("\n… and more\n")
        return len(text)

    def flush(self) -> None:
        """So that pictures come in their place."""
        self.inner.flush()


@contextlib.contextmanager
def own_code(exercise_id: str) -> Iterator[OwnModules]:
    """For a picture by the intern's own code: an open gap, or whatever else goes wrong with it, becomes one line."""
    from grading.runtime.box import EndlessError, stopped_after

    folder, number = Path.cwd(), int(exercise_id.partition(".")[0])
    files = [folder / f"{name}.py" for name in _course(folder).step(number).modules]
    try:
        if missing := [path.name for path in files if not path.is_file()]:
            raise FileNotFoundError(f"there is no {missing[0]} beside this notebook")
        modules = _modules(folder, number, _digest(files))
        with modules.active(), stopped_after(PICTURE_SECONDS), contextlib.redirect_stdout(Shortened(sys.stdout)):
            yield OwnModules(modules)
    except (Exception, SystemExit, EndlessError) as error:
        _forget_figures()
        print(one_line(exercise_id, error, folder))


def one_line(exercise_id: str, error: BaseException, folder: Path) -> str:
    """What went wrong with a picture: `TODO 3.2: …`, or the error and the line of the intern's that it came through."""
    if isinstance(error, SyntaxError):
        return f"{exercise_id}: {Path(error.filename or '').name}:{error.lineno}: Python cannot read this line: {error.msg}"
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).parent == folder:
            place = f" ({Path(frame.filename).name}:{frame.lineno})"
    text = " ".join(str(error).split())
    if isinstance(error, NotImplementedError) and re.match(r"TODO \d", text):
        return f"{text}{place}"
    if isinstance(error, NameError) and not place:
        text += " (run the cells above first)"
    return f"{exercise_id}: no picture, for {type(error).__name__}: {text[:300]}{place}"


def _forget_figures() -> None:
    """A figure that is half drawn is not shown."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def show(images: Any, titles: Sequence[str] = (), *, columns: int = 8, heading: str = "") -> None:
    """Pictures in a grid, dark ink on white: a tensor (N, 1, H, W), (N, H, W) or (H, W); uint8, or float in [0, 1]."""
    import torch
    from matplotlib.figure import Figure

    images = torch.as_tensor(images).detach().cpu()
    pictures = images.reshape(-1, *images.shape[-2:])
    columns = min(columns, len(pictures))
    rows, side = -(-len(pictures) // columns), 1.2 if columns <= 6 else 8 / max(columns, 8)
    above = 0.25 if titles else 0.05
    figure = Figure(figsize=(columns * side, rows * (side + above) + 0.3), layout="constrained")
    for axes in (grid := figure.subplots(rows, columns, squeeze=False)).flat:
        axes.axis("off")
    for axes, picture in zip(grid.flat, pictures, strict=False):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=255 if images.dtype == torch.uint8 else 1, interpolation="nearest")
    for axes, title in zip(grid.flat, titles, strict=False):
        axes.set_title(title, fontsize=9, pad=3)
    figure.suptitle(heading, fontsize=10, x=0.01, ha="left")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    jupyter = importlib.import_module("IPython.display")  # a kernel has it
    jupyter.display(jupyter.Image(buffer.getvalue(), format="png", embed=True, retina=True))
