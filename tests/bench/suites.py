"""How long the step suites take with the solutions: whole in a new process, and without trainings beyond the imports."""

import contextlib
import importlib
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grading.manifest import load_course
from grading.runtime.spare import warm_up
from handwriting_workshop.report import plain_table
from tests.bench.measure import Figure
from tests.test_architecture import imports

ROOT = Path(__file__).parents[2]
QUIETLY = ["-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", "--target=solutions"]
IMPORTED_ALREADY = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
"""The plugins, by the process that runs them."""


def whole(folder: str) -> float:
    """Seconds of `pytest exercises/stepN`, from nothing."""
    started = time.perf_counter()
    line = [sys.executable, "-m", "pytest", f"exercises/{folder}", *QUIETLY]
    subprocess.run(line, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def beyond_imports(folder: str) -> float:
    """Seconds of the tests that train nothing, in a process that has imported what they and the solutions import."""
    line = [sys.executable, "-m", "tests.bench.suites", folder]
    return float(json.loads(subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout))


def run_after_imports(folder: str) -> None:
    """In that process: import, run the tests once, print the seconds."""
    warm_up(ROOT / "exercises")
    for path in (*(ROOT / "exercises" / folder).glob("test_*.py"), *(ROOT / "solutions" / folder).glob("*.py")):
        for name in sorted(imports(path)):
            with contextlib.suppress(ModuleNotFoundError):  # functions are named, too
                importlib.import_module(name)
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = pytest.main([str(ROOT / "exercises" / folder), "-m", "not accuracy", *QUIETLY, *IMPORTED_ALREADY])
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(printed.getvalue())
    print(json.dumps(seconds))


def measure(repeats: int) -> list[Figure]:
    """All six steps."""
    folders = [step.folder for step in load_course().steps]
    rows = [["suite", "whole: median s", "without trainings, beyond imports: median s"]]
    wholes, beyond = [], []
    for folder in folders:
        wholes.append(statistics.median(whole(folder) for _ in range(repeats)))
        beyond.append(statistics.median(beyond_imports(folder) for _ in range(repeats)))
        rows.append([folder, f"{wholes[-1]:.1f}", f"{beyond[-1]:.2f}"])
    print(plain_table(rows), "\n")
    return [
        Figure("the slowest step suite, whole, s", max(wholes), 20, smaller_is_better=True),
        Figure("the slowest without trainings, beyond the imports, s", max(beyond), 3, smaller_is_better=True),
    ]


if __name__ == "__main__":
    run_after_imports(sys.argv[1])
