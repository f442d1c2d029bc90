"""The sandbox and a laptop say the same of each test, runs are alike to the byte, and no wrong answer keeps its points.

Run as a program, this module tests folders with answers as a laptop does: one folder a line, one line of verdicts each.
"""

import contextlib
import csv
import json
import os
import queue
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grading.authoring.generate import course_files
from grading.authoring.handout import handout_files
from grading.authoring.stubs import splice
from grading.classroom import commands
from grading.classroom.class_results import load_class
from grading.cli import main
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

pytestmark = pytest.mark.usefixtures("kept_graders")


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


# --- An intern's laptop, the judge, and what is exported ----------------------------------------------------------------------

PROGRAM = {
    "workshop check": "from grading.cli import main; sys.exit(main(['check', '5', *sys.argv[1:]]))",
    "pytest": "import pytest; sys.exit(pytest.main(['exercises/step5', *sys.argv[1:]]))",
}
"""What an intern types -> that, in the handout's own Python."""


def some_right() -> str:
    """An answer to step 5: 5.1 right, 5.2 wrong where it counts, 5.6 right in half, all else open."""
    files = course_files(ROOT, COURSE)
    text = files["exercises/step5/evaluator.py"]
    sources = {
        ("confusion_matrix", "precision_recall_f1"): files["solutions/step5/evaluator.py"],
        ("precision_recall_f1", "average_metrics"): with_mutant("5.2-nan_on_zero_division")["evaluator.py"],
        ("calibration_bin", "bootstrap_interval"): with_mutant("5.6-signed")["evaluator.py"],
    }
    for names, source in sources.items():
        begin, end = (f"def {name}(" for name in names)
        old, new = (each[each.index(begin) : each.index(end)] for each in (text, source))
        text = text.replace(old, new)
    return text


def passed_in_the_handout(handout: Path, what: str, answer: str) -> dict[str, bool]:
    """Public test of step 5 -> whether it passes for an intern with this answer."""
    (handout / "exercises/step5/evaluator.py").write_text(answer, encoding="utf-8")
    report = handout / "report.xml"
    report.unlink(missing_ok=True)
    line = [sys.executable, "-c", f"import sys; {PROGRAM[what]}", f"--junitxml={report}", "-p", "no:cacheprovider"]
    variables = {**os.environ, "PYTHONPATH": str(handout), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(line, cwd=handout, env=variables, capture_output=True, text=True, check=False)
    assert report.is_file(), done.stdout + done.stderr
    passed = {f"test_evaluator.py::{case.get('name')}": len(case) == 0 for case in ET.parse(report).iter("testcase")}
    assert done.returncode == (not all(passed.values())), done.stdout + done.stderr
    return passed


def points_by_the_rule(points: int, public: Sequence[bool], hidden: Sequence[bool]) -> float:
    """Equal parts for all tests; public ones count by the share of hidden ones that pass; hundredths, and all only for all."""
    share = Fraction(sum(hidden) * len(hidden) + sum(hidden) * sum(public), len(hidden) * (len(hidden) + len(public)))
    return min(round(100 * points * share), max(0, 100 * points - (share < 1))) / 100


@pytest.mark.timeout(1200)
def test_what_passes_for_an_intern_is_what_is_judged_exported_and_paid(tmp_path: Path) -> None:
    """A full, a half and an empty answer, as an intern's own two commands see them, as they are judged, and as CSV and JUnit."""
    files = course_files(ROOT, COURSE)
    answers = {kind: files[f"{folder}/step5/evaluator.py"] for kind, folder in (("full", "solutions"), ("empty", "exercises"))}
    answers["half"] = some_right()
    handout = tmp_path / "handout"
    for path, data in handout_files(ROOT, COURSE).items():
        (handout / path).parent.mkdir(parents=True, exist_ok=True)
        (handout / path).write_bytes(data)
    for name, text in answers.items():
        (tmp_path / "submitted" / name).mkdir(parents=True)
        (tmp_path / "submitted" / name / "evaluator.py").write_text(text, encoding="utf-8")
    assert main(["judge", "step5", str(tmp_path / "submitted"), "--out", str(tmp_path / "judged")]) == 0
    for kind in ("csv", "junit"):
        command = ["step5", kind, "--results", str(tmp_path / "judged"), "--out", str(tmp_path / kind)]
        assert commands.run("export", command) == 0
    judged = {student.name: student.result for student in load_class(tmp_path / "judged", "step5").students}
    with (tmp_path / "csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    suites = {suite.get("name"): suite for suite in ET.parse(tmp_path / "junit").iter("testsuite")}
    assert set(judged) == set(rows) == set(suites) == set(answers)

    for name, text in answers.items():
        laptop = passed_in_the_handout(handout, "workshop check", text)
        seen = set()
        for exercise in judged[name].exercises:
            said = {test.id: test.outcome == "passed" for test in exercise.tests}
            cases = [case for case in suites[name].iter("testcase") if case.get("classname") == exercise.id]
            assert {case.get("name"): len(case) == 0 for case in cases} == said, (name, exercise.id)
            public = {test: passes for test, passes in said.items() if "_hidden.py::" not in test}
            hidden = [passes for test, passes in said.items() if test not in public]
            assert public == {test: laptop[test] for test in public}, (name, exercise.id)
            points = points_by_the_rule(exercise.out_of, [laptop[test] for test in public], hidden)
            assert exercise.points == float(rows[name][exercise.id]) == points, (name, exercise.id)
            seen |= public.keys()
        assert seen == laptop.keys(), name
        assert judged[name].points == float(rows[name]["total"]), name

        if name == "half":
            assert passed_in_the_handout(handout, "pytest", text) == laptop
    outcomes = {name: {exercise.id: exercise for exercise in result.exercises} for name, result in judged.items()}
    assert (judged["full"].points, judged["empty"].points) == (COURSE.step(5).points, 0)
    assert outcomes["half"]["5.1"].points == COURSE.exercise("5.1").points
    assert outcomes["half"]["5.2"].points == 0  # public tests pass, the hidden one does not
    assert 0 < outcomes["half"]["5.6"].points < COURSE.exercise("5.6").points


# --- The same bytes -----------------------------------------------------------------------------------------------------------


def test_three_runs_with_one_and_two_slots_fresh_and_preforked_are_alike(tmp_path: Path) -> None:
    """The same batch gives the same files of results, to the byte; durations lie in files of their own."""
    exercises = ("5.1", "5.4")
    folder = a_class(tmp_path / "class", 5, exercises)
    (tmp_path / "class" / "nothing").mkdir()
    written: list[Mapping[str, bytes]] = []
    runs: list[dict[str, Any]] = [{"jobs": 2}, {"jobs": 1}, {"jobs": 2}, {"jobs": 2, "mode": "fresh"}]
    for number, settings in enumerate(runs):
        out = tmp_path / str(number)
        Batch(step=part(5, exercises), out=out, key=KEY, **settings).judge([folder], lambda _: None)
        written.append({path.name: path.read_bytes() for path in (out / "step5").iterdir()})
        assert {path.name for path in (out / "durations" / "step5").iterdir()} == set(written[0]) - {"nothing.json"}
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
