"""The sandbox and a laptop say the same of each test, runs are alike to the byte, and no wrong answer keeps its points.

Run as a program, this module tests folders with answers as a laptop does: one folder a line, one line of verdicts each.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grading.authoring.generate import course_files
from grading.authoring.stubs import splice
from grading.judging.intake import Submission
from grading.judging.judge import Batch, Grader
from grading.judging.results import StepResult
from grading.manifest import Step, load_course
from grading.runtime.targets import answers

ROOT = Path(__file__).parents[1]
COURSE = load_course()
KEY = "the-key-of-this-class-7"
MUTANTS = answers(ROOT, "mutant")
COMPARED = {3: ("3.1", "3.3", "3.5", "3.8"), 5: ("5.1", "5.4", "5.6", "5.7")}
"""Step -> exercises whose verdicts are compared; no test of theirs trains a model."""


def part(step: int, exercises: Sequence[str]) -> Step:
    """A step with some of its exercises."""
    return msgspec.structs.replace(COURSE.step(step), exercises=tuple(map(COURSE.exercise, exercises)))


def with_mutant(name: str) -> dict[str, str]:
    """The solutions of a step, with one wrong answer among them."""
    number = name.partition("-")[0]
    step, module = COURSE.step(int(number.partition(".")[0])), COURSE.exercise(number).module
    texts = {name: (ROOT / "handwriting_workshop" / f"{name}.py").read_text(encoding="utf-8") for name in step.modules}
    texts[module] = splice(texts[module], number, MUTANTS[name].read_text(encoding="utf-8"))
    return {f"{module}.py": text for module, text in texts.items()}


def first_mutants(exercises: Sequence[str]) -> list[str]:
    """One wrong answer for each exercise."""
    return [next(name for name in sorted(MUTANTS) if name.startswith(f"{number}-")) for number in exercises]


def a_class(folder: Path, step: int, exercises: Sequence[str]) -> Path:
    """Folders of students: the solutions, the stubs, and a wrong answer for each exercise."""
    files = course_files(ROOT, COURSE)
    wanted = [f"{module}.py" for module in COURSE.step(step).modules]
    students = {kind: {file: files[f"{kind}/step{step}/{file}"] for file in wanted} for kind in ("solutions", "exercises")}
    students |= {name: with_mutant(name) for name in first_mutants(exercises)}
    for name, texts in students.items():
        (folder / name).mkdir(parents=True)
        for file, text in texts.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    return folder


# --- Both boxes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", COMPARED)
def test_a_laptop_and_the_sandbox_say_the_same_of_every_test(step: int, tmp_path: Path) -> None:
    """Solutions, stubs and wrong answers: the same tests pass, fail, and say TODO, public and hidden ones."""
    folder = a_class(tmp_path / "class", step, COMPARED[step])
    judged = Batch(step=part(step, COMPARED[step]), out=tmp_path / "out", jobs=2, key=KEY).judge([folder], lambda _: None)
    with laptop(step) as ask:
        for result in judged:
            assert ask(folder / result.name) == verdicts(result), result.name
    named = {result.name: result for result in judged}
    assert set(verdicts(named["solutions"]).values()) == {"passed"}
    assert set(verdicts(named["exercises"]).values()) == {"todo"}
    assert len(judged) == 2 + len(COMPARED[step])


def verdicts(result: StepResult) -> dict[str, str]:
    """Test -> what became of it."""
    return {test.id: test.outcome for exercise in result.exercises for test in exercise.tests}


@contextlib.contextmanager
def laptop(step: int) -> Iterator[Any]:
    """Itself as a program; a function that gives the verdicts on a folder."""
    line = [sys.executable, "-m", "tests.test_verdicts", str(step)]
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with subprocess.Popen(line, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(folder: Path) -> Any:
            process.stdin.write(f"{folder}\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


class Recorder:
    """A plugin of pytest that takes down verdicts."""

    def __init__(self) -> None:
        self.verdicts: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One test, in one of its phases."""
        path, _, name = report.nodeid.partition("::")
        if report.when == "call" or report.failed:
            self.verdicts[f"{Path(path).name}::{name}"] = "todo" if hasattr(report, "todo") else report.outcome


def run_laptop(step: int) -> None:
    """Test what the lines of standard input name."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    suites = [str(ROOT / folder / f"step{step}") for folder in ("exercises", "grading/hidden")]
    chosen = [f"--exercise={number}" for number in COMPARED[step]]
    for line in iter(sys.stdin.readline, ""):
        recorder = Recorder()
        options = [f"--rootdir={ROOT}", f"--target={line.strip()}", f"--course-key={KEY}", "-q", "-p", "no:cacheprovider"]
        with contextlib.redirect_stdout(sys.stderr):
            pytest.main([*suites, *chosen, *options], plugins=[recorder])
        replies.write(json.dumps(recorder.verdicts) + "\n")


# --- The same bytes -----------------------------------------------------------------------------------------------------------


def test_three_runs_with_one_and_two_slots_fresh_and_preforked_are_alike(tmp_path: Path) -> None:
    """The same batch gives the same files of results, to the byte."""
    exercises = ("5.1", "5.4")
    folder = a_class(tmp_path / "class", 5, exercises)
    (tmp_path / "class" / "nothing").mkdir()
    written: list[Mapping[str, bytes]] = []
    runs: list[dict[str, Any]] = [{"jobs": 2}, {"jobs": 1}, {"jobs": 2}, {"jobs": 2, "mode": "fresh"}]
    for number, settings in enumerate(runs):
        out = tmp_path / str(number)
        Batch(step=part(5, exercises), out=out, key=KEY, **settings).judge([folder], lambda _: None)
        written.append({path.name: path.read_bytes() for path in (out / "step5").iterdir()})
    assert len(written[0]) == 5
    assert all(files == written[0] for files in written)


# --- Wrong answers ------------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(7200)
def test_wrong_answers_lose_points_of_their_exercise(pytestconfig: pytest.Config) -> None:
    """One of each exercise (all of them with `--all-mutants`), judged among right answers to all else."""
    every = sorted(MUTANTS)
    chosen = every if pytestconfig.getoption("--all-mutants") else first_mutants([each.id for each in COURSE.exercises()])
    kept = {name: points for name, (points, is_full) in judge_mutants(chosen).items() if is_full}
    assert len(chosen) >= 40
    assert kept == {}


def judge_mutants(names: Sequence[str], slots: Sequence[int] = (44, 45)) -> dict[str, tuple[float, bool]]:
    """Name -> points for its exercise, and whether all tests passed; models are trained only if nothing else gives it away."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    found: dict[str, tuple[float, bool]] = {}

    def work(slot: int) -> None:
        grader = Grader(slot, "preforked", KEY)
        with contextlib.suppress(queue.Empty):
            while True:
                name = waiting.get_nowait()
                number = name.partition("-")[0]
                submission = Submission(name=name, files=with_mutant(name), missing=(), digest=name)
                for grader.accuracy in (False, True):
                    result, _ = grader.judge(part(int(number.partition(".")[0]), [number]), submission)
                    assert result.points is not None, result.feedback
                    is_full = set(verdicts(result).values()) == {"passed"}
                    found[name] = (result.points, is_full)
                    if not is_full:
                        break
        grader.stop()

    threads = [threading.Thread(target=work, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(names), f"not judged: {sorted(set(names) - set(found))}"
    return found


if __name__ == "__main__":
    run_laptop(int(sys.argv[1]))
