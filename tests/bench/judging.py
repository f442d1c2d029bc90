"""Judging untrusted answers to step 3 without its trainings, beside a plain `pytest` for each of them; what the sandbox costs."""

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from grading.authoring.generate import course_files
from grading.judging.intake import take_in
from grading.judging.judge import Batch, Grader
from grading.judging.practice import PracticeBox
from grading.judging.sandbox import Box, Mode, Slot
from grading.judging.staging import Staging
from grading.judging.watchdog import memory_of, tree
from grading.manifest import load_course
from handwriting_workshop.report import plain_table
from tests.bench.measure import Figure

ROOT = Path(__file__).parents[2]
COURSE = load_course()
STEP = COURSE.step(3)
SLOTS = 2
SUITES = [str(ROOT / folder / STEP.folder) for folder in ("exercises", "grading/hidden")]
QUIETLY = ["-q", "-m", "not accuracy", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
VARIABLES = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def a_class(folder: Path, count: int) -> list[Path]:
    """Folders of students with right answers, each in a file of its own: equal ones would be judged once."""
    texts = course_files(ROOT, COURSE)
    found = [folder / f"student{number}" for number in range(count)]
    for student in found:
        student.mkdir(parents=True)
        for module in STEP.modules:
            text = f"{texts[f'solutions/{STEP.folder}/{module}.py']}# {student.name}\n"
            (student / f"{module}.py").write_text(text, encoding="utf-8")
    return found


# --- End to end ---------------------------------------------------------------------------------------------------------------


def judged(students: list[Path], out: Path) -> tuple[float, float]:
    """Seconds to judge a class from nothing, pre-forked, and seconds for each one after the first of each slot."""
    done = [time.perf_counter()]
    results = Batch(step=STEP, out=out, jobs=SLOTS, accuracy=False).judge(students, lambda _: done.append(time.perf_counter()))
    seconds, further = time.perf_counter() - done[0], (done[-1] - done[SLOTS]) / (len(students) - SLOTS)
    if any(result.points != STEP.points for result in results):
        raise RuntimeError(f"right answers did not get all points: {[result.points for result in results]}")
    return seconds, further


def memory(student: Path, out: Path) -> int:
    """The most bytes that one slot's processes held, all together; apart from the clock, for looking takes time, too."""
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.2):
            peak = max(peak, sum(memory_of(pid) for pid in tree(os.getpid()) - {os.getpid()}))

    watcher = threading.Thread(target=watch)
    watcher.start()
    Batch(step=STEP, out=out, accuracy=False).judge([student], lambda _: None)
    done.set()
    watcher.join()
    return peak


def plain(students: list[Path]) -> float:
    """Seconds for one `pytest` per submission, as many at a time as there are slots; no walls, no points."""

    def test(student: Path) -> None:
        line = [sys.executable, "-m", "pytest", *SUITES, *QUIETLY, f"--target={student}"]
        subprocess.run(line, cwd=ROOT, env=os.environ | VARIABLES, stdout=subprocess.DEVNULL, check=True)

    started = time.perf_counter()
    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(test, students))
    return time.perf_counter() - started


# --- One exercise -------------------------------------------------------------------------------------------------------------


def in_slot(student: Path, mode: Mode, repeats: int) -> dict[str, float]:
    """Exercise -> median seconds in a grader that has judged before."""
    grader = Grader(0, mode, "public")
    grader.accuracy = False
    submission = take_in(student, [f"{module}.py" for module in STEP.modules], folder=STEP.folder)
    try:
        durations = [grader.judge(STEP, submission)[1] for _ in range(repeats + 1)][1:]
    finally:
        grader.stop()
    runs = [each.exercises for each in durations if each is not None]
    return {number: statistics.median(run[number] for run in runs) for number in runs[0]}


def in_bare_process(student: Path) -> tuple[dict[str, float], float]:
    """Exercise -> seconds of the same tests in a process that has run them before; seconds of all acts together."""
    line = [sys.executable, "-m", "tests.bench.judging", str(student)]
    said = subprocess.run(line, cwd=ROOT, env=os.environ | VARIABLES, stdout=subprocess.PIPE, text=True, check=True).stdout
    exercises, acts = json.loads(said)
    return exercises, acts


class Clock:
    """A plugin of pytest that measures exercises."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Any:
        """Add what a test took."""
        marker = item.get_closest_marker("exercise")
        number = str(marker.args[0]) if marker is not None else ""
        self.seconds[number] = self.seconds.get(number, 0.0) + call.duration
        return (yield)


def run_bare(student: str) -> None:
    """Run the suites twice in this process, and print what the second time took."""
    import torch

    from grading.runtime.box import Box as PlainBox

    torch.set_num_threads(1)
    acts, run = 0.0, PlainBox.run

    def timed(self: PlainBox, *arguments: Any) -> Any:
        nonlocal acts
        started = time.perf_counter()
        try:
            return run(self, *arguments)
        finally:
            acts += time.perf_counter() - started

    clock = Clock()
    for _ in range(2):
        acts, clock = 0.0, Clock()
        with patch.object(PlainBox, "run", timed), contextlib.redirect_stdout(io.StringIO()):
            status = pytest.main([*SUITES, *QUIETLY, f"--target={student}"], plugins=[clock])
        if status:
            raise RuntimeError("the right answers did not pass")
    print(json.dumps([clock.seconds, acts]))


# --- The sandbox alone --------------------------------------------------------------------------------------------------------


def starts(repeats: int) -> dict[str, float]:
    """Median seconds from nothing to a worker that is ready, and to its end: with a box (both modes) and without one."""
    answers = [module for step in COURSE.steps for module in step.modules]
    with Staging(ROOT, answers=answers) as staging, Slot(1, staging) as slot:

        def boxed(mode: Mode) -> None:
            with Box(slot) as box:
                box.start({"models": "x = 1\n"}, mode=mode)

        def unboxed() -> None:
            box = PracticeBox(slot)
            box.start({"models": "x = 1\n"}, absent=[], forbidden=[])
            box.kill()

        kinds: dict[str, Callable[[], None]] = {
            "preforked": lambda: boxed("preforked"),
            "fresh": lambda: boxed("fresh"),
            "no box": unboxed,
        }
        found: dict[str, list[float]] = {name: [] for name in kinds}
        for start in kinds.values():
            start()
        for _ in range(repeats):
            for name, start in kinds.items():
                started = time.perf_counter()
                start()
                found[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in found.items()}


def measure(repeats: int) -> list[Figure]:
    """A class of `10 × repeats` right answers, and one of them in detail."""
    with tempfile.TemporaryDirectory() as folder:
        students = a_class(Path(folder) / "class", 10 * repeats)
        seconds, further = judged(students, Path(folder) / "out")
        plainly = plain(students)
        peak = memory(students[0], Path(folder) / "again")
        bare, acts = in_bare_process(students[0])
        modes: dict[str, dict[str, float]] = {
            mode: in_slot(students[0], mode, max(1, repeats // 2)) for mode in ("preforked", "fresh")
        }
    alone = starts(max(9, repeats))
    rows = [["exercise", "bare, s", "pre-forked, s", "fresh, s"]]
    for number, its in bare.items():
        rows.append([number, f"{its:.2f}", f"{modes['preforked'][number]:.2f}", f"{modes['fresh'][number]:.2f}"])
    print(plain_table(rows), "\n")
    preforked, fresh = (statistics.mean(times[number] - bare[number] for number in bare) for times in modes.values())
    return [
        Figure("submissions a minute, sandboxed, 2 slots", 60 * len(students) / seconds),
        Figure("submissions a minute: judged ÷ plain pytest", plainly / seconds, 3),
        Figure("the same without the start of two slots", plainly / len(students) / further),
        Figure("overhead an exercise, pre-forked, s", preforked, 0.15, smaller_is_better=True),
        Figure("overhead an exercise, pre-forked ÷ fresh", preforked / fresh, 0.1, smaller_is_better=True),
        Figure("overhead an exercise, fresh, s", fresh),
        Figure("a pre-forked worker in its box, start to end, ms", 1e3 * alone["preforked"]),
        Figure("the sandbox alone (fresh with a box - without), ms", 1e3 * (alone["fresh"] - alone["no box"])),
        Figure("peak memory of a slot, MiB", peak / 2**20),
        Figure("step 3's acts without training, one thread, s", acts, 0.6, smaller_is_better=True),
    ]


if __name__ == "__main__":
    run_bare(sys.argv[1])
