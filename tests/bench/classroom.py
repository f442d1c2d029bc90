"""One class through `nbgrader autograde step3`, twice, and through `otter run`: stock nbgrader, Otter-Grader, and ours.

Equivalent is the notebook that an instructor would write without our judge: the solution cell writes `models.py`, and each
exercise has a graded cell that asserts in the kernel, through pytest, that all of its tests pass: the public ones and the hidden
ones, which nbgrader adds when it grades, trainings and optional exercises included. So all three run the same tests, and must
agree on who has full points for what; for less than full points, stock nbgrader gives none, and ours a part. Stock has no
sandbox, and PyTorch has as many threads as it likes; ours has the sandbox, and starts from an empty store of results. Both start
from a released assignment, and end with the finished gradebook. What is handed in is a text of its own for each student, as in a
class; only the stubs that nobody has touched are equal, and ours judges such files once.

The tests' own work is what their fixtures, acts and assertions take in one process that is warm and alone, with one thread, for
the answers that are run. Overhead is all of the rest of the wall time: `seconds - own work ÷ processes that work at a time` (one
in stock nbgrader and in Otter-Grader).

Otter-Grader gets the same notebook without the graded cells, and asks by tests of its own what these cells assert.
"""

import contextlib
import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grading.authoring.generate import course_files
from grading.authoring.notebooks import KERNEL, grade_id
from grading.authoring.stubs import find_regions, make_solution, make_stub, splice
from grading.judging.results import Durations
from grading.manifest import load_course
from handwriting_workshop.report import plain_table
from tests.bench import otter
from tests.bench.measure import Figure

ROOT = Path(__file__).parents[2]
COURSE = load_course()
STEP = COURSE.step(3)
KINDS = ("right", "wrong", "half", "empty")
SOLVED = ("3.1", "3.2", "3.3", "3.4")
"""What half an answer has."""
JOBS = 2
PUBLIC, HIDDEN = (ROOT / folder / STEP.folder for folder in ("exercises", "grading/hidden"))
OPTIONS = [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", "-q", "-p", "no:cacheprovider"]
OPTIONS += ["-p", "no:unraisableexception", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
VARIABLES = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(ROOT), "WORKSHOP_JOBS": str(JOBS)}
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "handwriting-workshop"
c.ExecutePreprocessor.timeout = 900
"""
SETUP = f"""
import contextlib
import io
from pathlib import Path

import pytest


def status_of(exercise):
    options = {[str(PUBLIC), str(HIDDEN), *OPTIONS]!r}
    with contextlib.redirect_stdout(io.StringIO()):
        return int(pytest.main([*options, f"--exercise={{exercise}}", f"--target={{Path.cwd()}}"]))
"""


# --- The class ----------------------------------------------------------------------------------------------------------------


def a_class(count: int) -> dict[str, str]:
    """Student (`right-00`) -> text of `models.py`; wrong ones have one of the bank's wrong answers to one exercise."""
    reference = (ROOT / "handwriting_workshop/models.py").read_text(encoding="utf-8")
    goals = {exercise.id: exercise.goal for exercise in STEP.exercises}
    bank = sorted((ROOT / "grading/mutants" / STEP.folder).glob("*.py"))
    lines = reference.splitlines(keepends=True)
    for region in find_regions(reference):
        if region.exercise in SOLVED:
            for number in (region.begin, *range(region.end, region.last + 1)):
                lines[number - 1] = ""
    texts = {"right": make_solution(reference), "half": make_stub("".join(lines), goals), "empty": make_stub(reference, goals)}
    found = {}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        if kind == "wrong":
            mutant = bank[number * len(bank) // count]
            text = splice(reference, mutant.name.partition("-")[0], mutant.read_text(encoding="utf-8"))
        else:
            text = texts[kind]
        found[f"{kind}-{number:02}"] = text
    return found


def signed(answers: dict[str, str]) -> dict[str, str]:
    """As they are handed in: no two are equal, but for the empty ones."""
    return {student: text if student.startswith("empty") else f"{text}\n# {student}\n" for student, text in answers.items()}


# --- The tests' own work ------------------------------------------------------------------------------------------------------


class Clock:
    """A plugin of pytest that adds up what tests take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> Any:
        """Add what a test, its fixtures included, took."""
        self.seconds += call.duration
        return (yield)


def run_bare(folder: Path) -> None:
    """Run all tests on each answer in a folder, twice; print what they took the second time."""
    import torch

    torch.set_num_threads(1)
    answers = sorted(folder.iterdir())
    found = {}
    for answer in answers * 2:  # what is imported by a training only is imported in the first round
        clock = Clock()
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main([str(PUBLIC), str(HIDDEN), *OPTIONS, f"--target={answer}"], plugins=[clock])
        found[answer.name] = clock.seconds
        print(f"own work: {answer.name}: {clock.seconds:.1f} s", file=sys.stderr, flush=True)
    print(json.dumps(found))


def own_work(answers: dict[str, str], folder: Path) -> dict[str, float]:
    """Student -> seconds of the tests; the same text is measured once."""
    first = {text: name for name, text in reversed(answers.items())}
    for text, name in first.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "models.py").write_text(text, encoding="utf-8")
    line = [sys.executable, "-m", "tests.bench.classroom", str(folder)]
    said = subprocess.run(line, cwd=ROOT, env=os.environ | VARIABLES, stdout=subprocess.PIPE, text=True, check=True).stdout
    measured = json.loads(said)
    return {name: measured[first[text]] for name, text in answers.items()}


# --- Three courses ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graded:
    """A class that was graded."""

    seconds: float
    points: dict[str, dict[str, float]]
    """Student -> name of an exercise's cell -> points, as the gradebook or Otter-Grader has them."""


@dataclass(frozen=True)
class Classroom:
    """A course's folder of nbgrader's."""

    root: Path
    name: str
    judged: bool = field(default=False, kw_only=True)
    """Whether answers are judged before nbgrader turns to them."""

    def nbgrader(self, *arguments: str) -> None:
        """Run a command."""
        own = {name: str(self.root / ".jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")}
        command = [sys.executable, "-W", "ignore", "-m", "nbgrader", *arguments]
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # nbgrader calls `alembic`
        with (self.root / "log.txt").open("w", encoding="utf-8") as log:
            done = subprocess.run(
                command, cwd=self.root, env=os.environ | VARIABLES | own | {"PATH": programs}, stderr=log, check=False
            )
        if done.returncode:
            raise RuntimeError(f"nbgrader {' '.join(arguments)}: {(self.root / 'log.txt').read_text(encoding='utf-8')[-3000:]}")

    def hand_in(self, student: str, files: dict[str, str]) -> None:
        """Write what a student hands in."""
        folder = self.root / "submitted" / student / STEP.folder
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def autograde(self, count: int) -> Graded:
        """All that was handed in, with a line of progress now and then."""
        over, started = threading.Event(), time.perf_counter()

        def tell() -> None:
            while not over.wait(20):
                judged = f"{len([*self.root.glob(f'judged/{STEP.folder}/*.json')])} judged, " if self.judged else ""
                graded = len([*self.root.glob(f"autograded/*/{STEP.folder}/*.ipynb")])
                seconds = time.perf_counter() - started
                print(f"{self.name}: {judged}{graded} graded of {count} after {seconds:.0f} s", file=sys.stderr, flush=True)

        teller = threading.Thread(target=tell)
        teller.start()
        try:
            self.nbgrader("autograde", STEP.folder)
            seconds = time.perf_counter() - started
        finally:
            over.set()
            teller.join()
        return Graded(seconds, dict(self._points()))

    def _points(self) -> Iterator[tuple[str, dict[str, float]]]:
        api: Any = importlib.import_module("nbgrader.api")
        with api.Gradebook(f"sqlite:///{self.root}/gradebook.db", "handwriting-workshop") as book:
            for submission in book.assignment_submissions(STEP.folder):
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                yield submission.student_id, {grade.name: grade.auto_score or 0.0 for grade in grades}


def stock_notebook(text: str) -> dict[str, Any]:
    """The instructor's notebook with an answer in its solution cell."""

    def cell(name: str, source: str, **marks: Any) -> dict[str, Any]:
        usual = {"schema_version": 3, "grade_id": name, "grade": False, "locked": True, "solution": False, "task": False}
        code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
        return {**code, "id": name, "metadata": {"nbgrader": usual | marks}, "source": source.strip()}

    cells = [cell("answer", f"%%writefile models.py\n{text}", solution=True, locked=False), cell("setup", SETUP)]
    for exercise in STEP.exercises:
        marks = {} if exercise.optional else {"grade": True, "points": exercise.points}
        cells.append(cell(grade_id(exercise), f'assert status_of("{exercise.id}") == 0', **marks))
    return {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}


def stock(root: Path, answers: dict[str, str]) -> Classroom:
    """A course as nbgrader knows it, with all handed in."""
    classroom = Classroom(root, "stock nbgrader")
    source = root / "source" / STEP.folder / f"{STEP.folder}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(stock_notebook("raise NotImplementedError")), encoding="utf-8")
    (root / "nbgrader_config.py").write_text(STOCK_CONFIG, encoding="utf-8")
    classroom.nbgrader("generate_assignment", STEP.folder)
    released = json.loads((root / "release" / STEP.folder / source.name).read_text(encoding="utf-8"))
    for student, text in answers.items():
        released["cells"][0]["source"] = f"%%writefile models.py\n{text}"
        classroom.hand_in(student, {source.name: json.dumps(released)})
    return classroom


def ours(root: Path, answers: dict[str, str]) -> Classroom:
    """Our course, with all handed in, and nothing judged."""
    classroom = Classroom(root, "ours", judged=True)
    shutil.copytree(ROOT / "grading/course/source" / STEP.folder, root / "source" / STEP.folder)
    shutil.copy(ROOT / "grading/course/nbgrader_config.py", root)
    classroom.nbgrader("generate_assignment", STEP.folder)
    notebook = course_files(ROOT, COURSE)[f"exercises/{STEP.folder}/{STEP.folder}.ipynb"]
    for student, text in answers.items():
        classroom.hand_in(student, {"models.py": text, f"{STEP.folder}.ipynb": notebook})
    return classroom


def asked_by_otter(folder: Path) -> Path:
    """What Otter-Grader asks after each notebook, as a file."""
    tests = {
        grade_id(exercise): (f'status_of("{exercise.id}") == 0', 0 if exercise.optional else exercise.points)
        for exercise in STEP.exercises
    }
    return otter.assignment(folder, tests)


def by_otter(autograder: Path, answers: dict[str, str]) -> Graded:
    """The same notebooks, graded by Otter-Grader."""
    notebooks = {student: stock_notebook(text) for student, text in answers.items()}
    for notebook in notebooks.values():
        notebook["cells"] = notebook["cells"][:2]
    return Graded(*otter.grade(autograder, notebooks, os.environ | VARIABLES))


def in_the_judge(root: Path) -> tuple[float, float]:
    """Seconds that the slots were busy, all together, and of these the seconds within tests, the workers' starts included."""
    files = root.glob(f"judged/durations/{STEP.folder}/*.json")
    found = [msgspec.json.decode(file.read_bytes(), type=Durations) for file in files]
    return sum(each.seconds for each in found), sum(sum(each.exercises.values()) for each in found)


def seconds_in_the_loop(room: Classroom, count: int) -> float:
    """What it takes to grade one more student, where results are there."""
    seconds = []
    for students in ("*", "right-00"):
        started = time.perf_counter()
        room.nbgrader("autograde", STEP.folder, "--force", f"--student={students}")
        seconds.append(time.perf_counter() - started)
    return (seconds[0] - seconds[1]) / (count - 1)


# --- The whole ----------------------------------------------------------------------------------------------------------------


def measure(repeats: int) -> list[Figure]:
    """A class of `6 × repeats`; three tables, and the figures that decide."""
    answers = a_class(6 * repeats)
    count = len(answers)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        autograder = asked_by_otter(place / "otter")  # first, for without Otter-Grader the rest is of no use
        work = own_work(answers, place / "answers")
        given = signed(answers)
        rooms = ours(place / "ours", given), stock(place / "stock", given)
        graded = dict(zip(("ours", "stock nbgrader"), (room.autograde(count) for room in rooms), strict=True))
        loop = seconds_in_the_loop(rooms[0], count)
        graded["otter run"] = by_otter(autograder, given)
        busy, within = in_the_judge(place / "ours")
    once = {text: work[student] for student, text in given.items()}
    own = {name: sum((once if name == "ours" else work).values()) for name in graded}
    jobs = {name: JOBS if name == "ours" else 1 for name in graded}
    per_minute = {name: 60 * count / each.seconds for name, each in graded.items()}
    overhead = {name: (each.seconds - own[name] / jobs[name]) / count for name, each in graded.items()}
    rows = [[f"step 3, {count} submissions", *graded]]
    rows += [["wall, s", *(f"{each.seconds:.1f}" for each in graded.values())]]
    rows += [["submissions a minute", *(f"{value:.2f}" for value in per_minute.values())]]
    rows += [["the tests' own work, s", *(f"{value:.1f}" for value in own.values())]]
    rows += [["processes at a time", *map(str, jobs.values())]]
    rows += [["overhead a submission, s", *(f"{value:.2f}" for value in overhead.values())]]
    print(plain_table(rows), "\n")
    print(plain_table(_by_kind(work, graded)), "\n")
    wall = graded["ours"].seconds
    rows = [["ours, of one submission", "s"], ["a slot busy", f"{busy / count:.2f}"], ["- within tests", f"{within / count:.2f}"]]
    rows += [["- own work", f"{own['ours'] / count:.2f}"], ["wall of all slots", f"{JOBS * wall / count:.2f}"]]
    print(plain_table(rows), "\n")
    due = {grade_id(exercise): exercise.points for exercise in STEP.exercises if not exercise.optional}
    possible = {"right": [{True}], "empty": [{False}]}  # whatever all three may say of it together
    agreed = [
        {each.points[student].get(cell) == points for each in graded.values()}
        in possible.get(student.partition("-")[0], [{True}, {False}])
        for student in answers
        for cell, points in due.items()
    ]
    rest = overhead["ours"] / overhead["stock nbgrader"]
    faster = {name: per_minute["ours"] / value for name, value in per_minute.items()}
    return [
        Figure("a class of step 3: submissions a minute, ours", per_minute["ours"]),
        Figure("a class of step 3: submissions a minute, ours ÷ stock nbgrader", faster["stock nbgrader"], 10),
        Figure("a class of step 3: submissions a minute, ours ÷ otter run", faster["otter run"]),
        Figure("a class of step 3: overhead, ours ÷ stock nbgrader", rest, 0.05, smaller_is_better=True),
        Figure("a class of step 3: nbgrader's loop, results there, s a student", loop, 0.3, smaller_is_better=True),
        Figure("a class of step 3: exercises that all three find right, or none does, %", 100 * sum(agreed) / len(agreed), 100),
    ]


def _by_kind(work: dict[str, float], everywhere: dict[str, Graded]) -> list[list[str]]:
    """Points and own work of the four kinds of answers."""
    rows = [["answers", "number", *(f"points, {name}" for name in everywhere), "own work, s"]]
    for kind in KINDS:
        names = [name for name in work if name.startswith(kind)]
        ranges = []
        for graded in everywhere.values():
            points = [sum(graded.points[name].values()) for name in names]
            ranges.append(f"{min(points):g}" if min(points) == max(points) else f"{min(points):g} to {max(points):g}")
        rows.append([kind, str(len(names)), *ranges, f"{sum(work[name] for name in names) / len(names):.2f}"])
    return rows


if __name__ == "__main__":
    run_bare(Path(sys.argv[1]))
