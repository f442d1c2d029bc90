"""Otter-Grader beside nbgrader: `otter run` on each notebook of a class, one after the other, without a container.

As in stock nbgrader the notebook is run in a kernel, which then evaluates the tests; there is no sandbox, and no gradebook.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MISSING = "otter-grader is missing: python -m pip install otter-grader (nox -s bench does it)"


def assignment(folder: Path, tests: Mapping[str, tuple[str, float]]) -> Path:
    """The file that `otter run` grades by.

    Args:
        folder: where to make it.
        tests: name -> (a Python expression that must be true after the notebook, points for it).

    Raises:
        RuntimeError: Otter-Grader is not installed, or did not make the file.
    """
    if importlib.util.find_spec("otter") is None:
        raise RuntimeError(MISSING)
    (folder / "tests").mkdir(parents=True)
    for number, (name, (expression, points)) in enumerate(tests.items()):
        case = {"code": f">>> {expression}\nTrue\n", "hidden": False, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": name, "points": points, "suites": [suite]}
        (folder / "tests" / f"q{number}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")
    _otter(folder, {}, "generate", "-t", "tests", "-o", "autograder.zip", "--no-config", "--no-requirements", "--no-environment")
    return folder / "autograder.zip"


def grade(
    autograder: Path, notebooks: Mapping[str, dict[str, Any]], variables: Mapping[str, str]
) -> tuple[float, dict[str, dict[str, float]]]:
    """Seconds for a class, and student -> name of a test -> points.

    Raises:
        RuntimeError: a run of Otter-Grader's ended with an error.
    """
    folder, points = autograder.parent, {}
    for student, notebook in notebooks.items():
        (folder / f"{student}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        (folder / student).mkdir()
    started = time.perf_counter()
    for number, student in enumerate(notebooks):
        _otter(folder, variables, "run", f"{student}.ipynb", "-a", autograder.name, "-o", student, "--no-logo")
        graded = json.loads((folder / student / "results.json").read_text(encoding="utf-8"))
        points[student] = {test["name"]: test.get("score") or 0.0 for test in graded["tests"]}
        print(f"otter: {number + 1} graded of {len(notebooks)}", file=sys.stderr, flush=True)
    return time.perf_counter() - started, points


def _otter(folder: Path, variables: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "otter", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"otter {' '.join(arguments)}: {done.stderr[-3000:]}")
