"""10,000 students, six steps: what is measured on one machine, what follows for more of them, and what breaks first.

Measured: seconds of each step's solutions and stubs in the real sandbox, the bytes of their results, 10,000 results on disk
(writing, start of a batch that has them all, memory), and a gradebook of nbgrader's with 10,000 submissions. Simulated from
these: the hours on 2, 20 and 200 cores, with the start of each grader and with the one process that writes all results.
"""

import heapq
import importlib
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grading.classroom.cluster_worker import Order, this_machine, why_unfit
from grading.judging.judge import Batch
from grading.judging.results import Durations, StepResult, durations_path, result_path, save
from grading.manifest import Course, Step, load_course
from handwriting_workshop.report import plain_table
from tests.bench.measure import Figure

ROOT = Path(__file__).parents[2]
STUDENTS = 10_000
CORES = {"one machine, 2 cores": 2, "10 machines": 20, "100 machines": 200}
KINDS = ("solutions",) * 3 + ("exercises",)
"""A quarter of all answers is open, which takes less time than a right one. No two are taken for equal, which are judged once."""
ENDLESS = 0.02
"""Share of answers with one endless loop, which takes the time limit of a test."""
NBGRADER_SECONDS = 0.1
"""Of `nbgrader autograde` for one submission whose result is there (`nox -s bench -- classroom`)."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One step, judged once in the sandbox."""

    step: Step
    start: float
    """Seconds until a grader is warm."""
    seconds: dict[str, float]
    """`solutions`, `exercises` (open) -> seconds with a warm grader."""
    results: dict[str, StepResult]
    durations: Durations


def record(step: Step, folder: Path) -> Recorded:
    """Judge a step's solution, once more, and its stub, one after the other in one slot."""
    kinds = {"a": "solutions", "b": "solutions", "c": "exercises"}
    for name, kind in kinds.items():
        for module in step.modules:
            (folder / "class" / name).mkdir(parents=True, exist_ok=True)
            text = (ROOT / kind / step.folder / f"{module}.py").read_text(encoding="utf-8")
            (folder / "class" / name / f"{module}.py").write_text(f"{text}# {name}\n", encoding="utf-8")  # equal ones: once
    batch = Batch(step=step, out=folder / "out")
    results = {kinds[result.name]: result for result in batch.judge([folder / "class"], lambda _: None)}
    durations = {
        name: msgspec.json.decode(durations_path(folder / "out", step.folder, name).read_bytes(), type=Durations)
        for name in kinds
    }
    warm = {"solutions": durations["b"].seconds, "exercises": durations["c"].seconds}
    start = max(0.0, durations["a"].seconds - durations["b"].seconds)
    return Recorded(step=step, start=start, seconds=warm, results=results, durations=durations["b"])


# --- Simulated ----------------------------------------------------------------------------------------------------------------


def hours(recorded: Sequence[Recorded], cores: int, *, overhead: float, saving: float) -> tuple[float, float]:
    """Hours until the last result is written, and the share of them in which the one who writes them is busy.

    Args:
        recorded: the steps.
        cores: each judges one submission at a time, in the order in which they came.
        overhead: seconds for each submission beside judging.
        saving: seconds to write a result down, one after the other.
    """
    draw = random.Random(0)
    free = [0.0] * cores
    written, ended = 0.0, []
    for step in recorded:
        cold = set(range(cores)) if step is recorded[0] else set()
        for _ in range(STUDENTS):
            seconds = step.seconds[draw.choice(KINDS)] + overhead
            seconds += step.step.seconds_per_test if draw.random() < ENDLESS else 0.0
            if cold:
                cold.pop()
                seconds += step.start
            end = heapq.heappop(free) + seconds
            heapq.heappush(free, end)
            ended.append(end)
    for end in sorted(ended):
        written = max(written, end) + saving
    return written / 3600, len(ended) * saving / written


# --- Measured -----------------------------------------------------------------------------------------------------------------


def timed(act: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def store(recorded: Recorded, folder: Path) -> dict[str, float]:
    """10,000 results of one step on disk: seconds, bytes, files."""
    step = recorded.step
    for kind in ("solutions", "exercises"):
        for number in range(STUDENTS):
            if KINDS[number % len(KINDS)] == kind:
                place = folder / "class" / f"student{number:05}"
                place.mkdir(parents=True)
                for module in step.modules:
                    shutil.copy(ROOT / kind / step.folder / f"{module}.py", place)
    results = [recorded.results[KINDS[number % len(KINDS)]] for number in range(STUDENTS)]

    def write() -> None:
        for number, result in enumerate(results):
            name = f"student{number:05}"
            save(
                folder / "out",
                msgspec.structs.replace(result, name=name),
                msgspec.structs.replace(recorded.durations, name=name, digest=result.digest),
            )

    def nobody(_batch: Batch, waiting: Sequence[object], _finish: object) -> None:
        assert not waiting, f"{len(waiting)} of {STUDENTS} results were not found again"

    saving = timed(write)
    batch = Batch(step=step, out=folder / "out", judges=nobody)
    starting = timed(lambda: batch.judge([folder / "class"], lambda _: None))
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    return {
        "saving": saving / STUDENTS,
        "starting": starting,
        "bytes": sum(path.stat().st_size for path in files) / STUDENTS,
        "on disk": sum(path.stat().st_blocks * 512 for path in files) / STUDENTS,
        "files": len(files) / STUDENTS,
        "one": result_path(folder / "out", step.folder, "student00000").stat().st_size,
    }


def gradebook(course: Course, step: Step, folder: Path) -> dict[str, float]:
    """A database of nbgrader's with 10,000 submissions of a step: seconds of its calls, bytes, rows."""
    api: Any = importlib.import_module("nbgrader.api")
    tried = 50
    with api.Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        book.add_assignment(step.folder)
        book.add_notebook(step.folder, step.folder)
        cells = [f"exercise-{exercise.id.replace('.', '-')}" for exercise in step.exercises]
        for cell in cells:
            book.add_grade_cell(cell, step.folder, step.folder, max_score=1, cell_type="code")
        question = f"question-{step.number}"
        book.add_grade_cell(question, step.folder, step.folder, max_score=2, cell_type="markdown")
        book.add_solution_cell(question, step.folder, step.folder)
        names = [f"student{number:05}" for number in range(STUDENTS + tried)]
        for name in names:
            book.db.add(api.Student(id=name))
        book.db.commit()
        few = timed(lambda: [book.add_submission(step.folder, name) for name in names[:tried]]) / tried
        _fill(api, book, step.folder, names[tried:STUDENTS])
        book.db.expire_all()
        many = timed(lambda: [book.add_submission(step.folder, name) for name in names[STUDENTS:]]) / tried
        page = timed(lambda: book.submission_dicts(step.folder))
    size = (folder / "gradebook.db").stat().st_size
    rows = STUDENTS * (6 * 3 + sum(len(each.exercises) + 1 for each in course.steps))
    return {"few": few, "many": many, "page": page, "bytes": 6 * size, "rows": rows}


def _fill(api: Any, book: Any, assignment: str, names: Sequence[str]) -> None:
    """Rows as `add_submission` makes them, all at once."""
    of = book.find_assignment(assignment)
    notebook = of.notebooks[0]
    submissions = [{"id": f"a{name}", "assignment_id": of.id, "student_id": name} for name in names]
    notebooks = [{"id": f"n{name}", "assignment_id": f"a{name}", "notebook_id": notebook.id} for name in names]
    grades = [
        {"id": f"g{place}{name}", "cell_id": cell.id, "notebook_id": f"n{name}", "auto_score": 1.0, "needs_manual_grade": False}
        for name in names
        for place, cell in enumerate(notebook.grade_cells)
    ]
    comments = [
        {"id": f"c{name}", "cell_id": cell.id, "notebook_id": f"n{name}"} for name in names for cell in notebook.solution_cells
    ]
    tables = (
        (api.SubmittedAssignment, submissions),
        (api.SubmittedNotebook, notebooks),
        (api.Grade, grades),
        (api.Comment, comments),
    )
    for table, rows in tables:
        book.db.execute(table.__table__.insert(), rows)
    book.db.commit()


# --- The whole ----------------------------------------------------------------------------------------------------------------


def measure(_repeats: int) -> list[Figure]:
    """Print three tables; the figures that decide."""
    course = load_course()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        recorded = [record(step, place / step.folder) for step in course.steps]
        kept = store(recorded[2], place / "store")
        book = gradebook(course, recorded[2].step, place)
    order = Order(step=3, mode="preforked")
    asking = this_machine(order)
    why_unfit(order, asking)
    check = timed(lambda: why_unfit(order, asking))
    rows = [["step", "right answer, s", "open answer, s", "grader's start, s"]]
    rows += [[each.step.folder, *(f"{s:.1f}" for s in each.seconds.values()), f"{each.start:.1f}"] for each in recorded]
    print(plain_table(rows), "\n")
    rows = [[f"{STUDENTS:,} students × {len(recorded)} steps", "hours", "submissions per minute", "writer busy"]]
    simulated = {}
    for name, cores in CORES.items():
        simulated[name], busy = hours(recorded, cores, overhead=check if cores > 2 else 0.0, saving=kept["saving"])
        per_minute = len(recorded) * STUDENTS / simulated[name] / 60
        rows.append([name, f"{simulated[name]:.1f}", f"{per_minute:,.0f}", f"{busy:.1%}"])
    print(plain_table(rows), "\n")
    serial = len(recorded) * STUDENTS * NBGRADER_SECONDS / 3600
    rows = [["beside judging", ""]]
    rows += [
        ["results, files", f"{len(recorded) * STUDENTS * kept['files']:,.0f}"],
        ["results, GB (on disk)", f"{_giga(kept['bytes']):.2f} ({_giga(kept['on disk']):.2f})"],
        ["one result and its durations written, ms", f"{1000 * kept['saving']:.1f}"],
        ["a batch of 10,000 that is all judged, s", f"{kept['starting']:.1f}"],
        ["check of a worker for each submission, ms", f"{1000 * check:.1f}"],
        ["nbgrader autograde, one after the other, h", f"{serial:.1f}"],
        ["gradebook, rows", f"{book['rows']:,.0f}"],
        ["gradebook, GB", f"{book['bytes'] / 1e9:.2f}"],
        ["gradebook, a submission added at first / with 10,000 there, ms", f"{1e3 * book['few']:.0f} / {1e3 * book['many']:.0f}"],
        ["formgrader's list of 10,000 submissions of a step, s", f"{book['page']:.1f}"],
        ["peak memory of this process, GB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f}"],
    ]
    print(plain_table(rows), "\n")
    return [
        *(Figure(f"10,000 × 6, {name}, hours", value, smaller_is_better=True) for name, value in simulated.items()),
        Figure("10,000 × 6, nbgrader's own loop, hours", serial, smaller_is_better=True),
        Figure("start of a batch of 10,000 that is all judged, s", kept["starting"], 30, smaller_is_better=True),
        Figure("10,000 × 6, results, GB", _giga(kept["bytes"]), smaller_is_better=True),
        Figure("gradebook: a submission added among 10,000 ÷ among none", book["many"] / book["few"], smaller_is_better=True),
        Figure("formgrader's list of 10,000 submissions, s", book["page"], smaller_is_better=True),
    ]


def _giga(bytes_each: float) -> float:
    """GB for all students and steps."""
    return 6 * STUDENTS * bytes_each / 1e9
