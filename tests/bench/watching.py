"""From saving a file to the verdict: `workshop watch` beside a new `pytest`, in a handout whose gaps are all filled."""

import ast
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grading.authoring.generate import course_files
from grading.authoring.handout import handout_files
from grading.learning.workspace import Workspace
from grading.manifest import load_course
from handwriting_workshop.report import plain_table
from tests.bench.measure import Figure

ROOT = Path(__file__).parents[2]
EXERCISES = ("1.3", "2.1", "3.3", "5.1")
"""Their tests train nothing."""

DURATIONS = {"PYTEST_ADDOPTS": "--durations=0 --durations-min=0 -vv -p no:cacheprovider", "PYTHONUNBUFFERED": "1"}


def solved_handout(folder: Path) -> Workspace:
    """A handout with the solutions in its gaps."""
    course = load_course()
    solutions = {path: text for path, text in course_files(ROOT, course).items() if path.startswith("solutions/")}
    files = handout_files(ROOT, course) | {
        path.replace("solutions/", "exercises/", 1): text.encode() for path, text in solutions.items()
    }
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return Workspace(folder, course)


def touched(text: str, function: str, number: int) -> str:
    """A module with one statement more in a function: another code, the same result."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == function.rpartition(".")[2]:
            first = node.body[1] if ast.get_docstring(node) else node.body[0]
            lines = text.splitlines(keepends=True)
            return "".join([*lines[: first.lineno - 1], f"{' ' * first.col_offset}_ = {number}\n", *lines[first.lineno - 1 :]])
    raise KeyError(function)


def seconds_of_tests(printed: str) -> float:
    """What the tests themselves took, as pytest says."""
    return sum(float(seconds) for seconds in re.findall(r"^\s*([\d.]+)s (?:call|setup|teardown)", printed, flags=re.MULTILINE))


def saves(workspace: Workspace, number: str, count: int) -> list[tuple[float, float]]:
    """(seconds from the save to the verdict, those of the tests themselves), so many times."""
    exercise = workspace.course.exercise(number)
    path, function = workspace.path(exercise), workspace.functions(exercise)[0]
    text = path.read_text(encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "grading", "watch", number],
        cwd=workspace.root,
        env=os.environ | DURATIONS,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = []
    try:
        _until_verdict(process)
        for save in range(count):
            time.sleep(8)  # an intern thinks; the next process gets ready
            started = time.perf_counter()
            path.write_text(touched(text, function, save), encoding="utf-8")
            printed = _until_verdict(process)
            found.append((time.perf_counter() - started, seconds_of_tests(printed)))
    finally:
        process.kill()
        process.wait()
        path.write_text(text, encoding="utf-8")
    return found


def _until_verdict(process: "subprocess.Popen[str]") -> str:
    """What `watch` prints until it waits again."""
    printed = ""
    assert process.stdout is not None
    for line in process.stdout:
        printed += line
        if line.startswith("watching: "):
            return printed
    raise RuntimeError(f"watch has ended: {printed}")


def cold(workspace: Workspace, number: str) -> float:
    """Seconds of a new `pytest` for the same tests."""
    folder = workspace.path(workspace.course.exercise(number)).parent
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", str(folder), "--exercise", number, "-q"]
    subprocess.run(command, cwd=workspace.root, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(repeats: int) -> list[Figure]:
    """`workshop watch` and a cold `pytest` side by side."""
    rows = [["exercise", "watch: median s", "95th percentile", "of it the tests", "overhead", "cold pytest: median s"]]
    all_walls: list[float] = []
    all_overheads: list[float] = []
    all_cold: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = solved_handout(Path(folder))
        for number in EXERCISES:
            times = saves(workspace, number, max(3, repeats))
            colds = [cold(workspace, number) for _ in range(max(3, repeats))]
            walls, overheads = [wall for wall, _ in times], [wall - tests for wall, tests in times]
            all_walls, all_overheads, all_cold = all_walls + walls, all_overheads + overheads, all_cold + colds
            tests = statistics.median(tests for _, tests in times)
            figures = (statistics.median(walls), _high(walls), tests, statistics.median(overheads), statistics.median(colds))
            rows.append([number, *(f"{figure:.2f}" for figure in figures)])
    print(plain_table(rows), "\n")
    return [
        Figure("watch: from saving to the verdict, 95th percentile, s", _high(all_walls), 1, smaller_is_better=True),
        Figure("watch: overhead beside the tests, median, s", statistics.median(all_overheads), 0.3, smaller_is_better=True),
        Figure("cold pytest ÷ watch, medians", statistics.median(all_cold) / statistics.median(all_walls)),
    ]


def _high(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
