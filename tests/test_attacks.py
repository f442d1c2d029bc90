"""No hostile answer gets a point it did not earn, no honest one loses any: the bank in `tests/attacks/`, in the real sandbox.

Each file there says in its first lines what it does, at which exercise, and what must come of it. Its code is put behind the
stub of the exercise's module (behind the solution, where the answer is right), or makes what is handed in (`kind: files`).
Run as a program, this module is a grader for such files, or a naive one, in whose process the answers run.
"""

import argparse
import contextlib
import hashlib
import json
import os
import queue
import runpy
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grading.authoring.generate import course_files
from grading.judging.intake import RejectedError, find_submissions, take_in
from grading.judging.judge import Batch
from grading.judging.results import StepResult
from grading.judging.sandbox import Limits, Slot
from grading.judging.staging import Staging
from grading.judging.watchdog import tree
from grading.manifest import Step, load_course

ROOT = Path(__file__).parents[1]
COURSE = load_course()
KEY = "the-key-of-this-class-7"
SLOTS = {"preforked": (40, 41), "fresh": (42, 43)}
OURS = ("tests", "grading", "exercises", "handwriting_workshop")
NEXT = "5.4"
"""Exercise of the honest answer that is judged after a hostile one: the fastest."""

pytestmark = pytest.mark.timeout(1500)  # the first test of each mode waits until its whole bank is judged


@dataclass(frozen=True)
class Attack:
    """One file of the bank."""

    path: Path

    @cached_property
    def head(self) -> dict[str, str]:
        """What its first lines say."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        found = (line[2:].partition(": ") for line in lines if line.startswith("# "))
        return {name: text for name, _, text in reversed([*found])}

    @property
    def name(self) -> str:
        """That of its file."""
        return self.path.stem

    @property
    def step(self) -> Step:
        """The step of its exercise."""
        return COURSE.step(int(self.head["exercise"].partition(".")[0]))

    @property
    def points(self) -> float:
        """What it must get."""
        out_of = COURSE.exercise(self.head["exercise"]).points
        if self.head["expect"] != "honest":
            return 0
        return float(self.head.get("points", "all").replace("all", str(out_of)))

    def files(self) -> dict[str, str]:
        """The submission's files."""
        wanted = self.head.get("base", "solution" if self.head["expect"] == "honest" else "stub")
        module = f"{COURSE.exercise(self.head['exercise']).module}.py"
        answers = course_texts("exercises" if wanted == "stub" else "solutions", self.step.folder)
        return {**answers, module: f"{answers[module]}\n\n{self.path.read_text(encoding='utf-8')}"}


@cache
def course_texts(kind: str, step: str) -> dict[str, str]:
    """The stubs or the solutions of a step, by file."""
    return {
        path.name: text for name, text in _course().items() if (path := Path(name)).parts[:2] == (kind, step) and is_code(path)
    }


@cache
def _course() -> dict[str, str]:
    return course_files(ROOT, COURSE)


def is_code(path: Path) -> bool:
    """Whether a generated file is a module."""
    return path.suffix == ".py" and not path.name.startswith("test_")


BANK = [Attack(path) for path in sorted((ROOT / "tests" / "attacks").glob("*.py"))]
CODE = [attack for attack in BANK if attack.head.get("kind") != "files"]
FILES = [attack for attack in BANK if attack.head.get("kind") == "files"]
CONTROLS = [Attack(path) for path in sorted((ROOT / "tests" / "attacks" / "honest").glob("*.py"))]
FRESH = [attack for attack in (*CODE, *CONTROLS) if attack.head.get("fresh") == "yes" or attack.name == "full"]


# --- Graders, as programs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    result: StepResult
    text: str
    """All of the result, as JSON."""
    seconds: float
    left: int
    """Processes that were not there before."""
    next_points: float | None
    """Of the honest answer judged afterwards; None if none was."""


def judge_all(attacks: list[Attack], mode: str) -> dict[str, Verdict]:
    """Verdicts by name, from two graders side by side."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    for attack in attacks:
        head = attack.head  # the files are made here: Python 3.11 can fail where two threads parse at a time
        waiting.put({"name": attack.name, "exercise": head["exercise"], "seconds": head.get("seconds"), "files": attack.files()})
    verdicts: dict[str, Verdict] = {}

    def work(slot: int) -> None:
        with program("judge", f"--slot={slot}", f"--mode={mode}") as grader:
            while True:
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    return
                grader.stdin.write(json.dumps(job) + "\n")
                grader.stdin.flush()
                said = json.loads(grader.stdout.readline())
                result = msgspec.json.decode(said["result"], type=StepResult)
                verdicts[job["name"]] = Verdict(result, said["result"], said["seconds"], said["left"], said["next_points"])

    threads = [threading.Thread(target=work, args=(slot,)) for slot in SLOTS[mode]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


@contextlib.contextmanager
def program(*arguments: str) -> Iterator[Any]:
    """Itself as a program that answers lines with lines."""
    line = [sys.executable, "-m", "tests.test_attacks", *arguments]
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with subprocess.Popen(line, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


def replies() -> Any:
    """Standard output for replies alone: whatever else prints, prints to the errors."""
    file = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return file


def run_grader(slot_number: int, mode: Any) -> None:
    """Judge what comes on standard input; after each worker that did not end well, and each tenth, an honest answer."""
    import torch

    from grading.runtime.grader import Grader

    torch.set_num_threads(1)
    out = replies()
    answers = [module for step in COURSE.steps for module in step.modules]
    with Staging(ROOT, answers) as staging, Slot(slot_number, staging, Limits(), staging.imports(answers)) as slot:
        grader = Grader(COURSE, slot, mode, KEY)

        def judge(exercise: str, files: dict[str, str], seconds: str | None = None) -> StepResult:
            step = COURSE.step(int(exercise.partition(".")[0]))
            limit = step.seconds_per_test if seconds is None else int(seconds)
            part = msgspec.structs.replace(step, exercises=(COURSE.exercise(exercise),), seconds_per_test=limit)
            return grader.judge("ann", part, "digest", files)[0]

        judge(NEXT, course_texts("solutions", "step5"))
        before = len(tree(os.getpid()))
        for number, line in enumerate(sys.stdin):
            job, started = json.loads(line), time.monotonic()
            result = judge(job["exercise"], job["files"], job["seconds"])
            seconds = time.monotonic() - started
            left = len(tree(os.getpid())) - before
            next_points = None
            if result.state != "graded" or number % 10 == 9:
                next_points = judge(NEXT, course_texts("solutions", "step5")).points
            text = msgspec.json.encode(result).decode()
            out.write(json.dumps({"result": text, "seconds": seconds, "left": left, "next_points": next_points}) + "\n")


def run_naive() -> None:
    """The grader that nobody should write: each answer is imported into the process of pytest, a fork of this one.

    A line names a folder with the answer, the exercise, and a file for the report; the reply is the exit status.
    """
    import scipy.stats
    import sklearn.metrics
    import torch

    import grading.runtime.box
    import handwriting_workshop.results
    from handwriting_workshop.embedded import embedded_mnist

    torch.set_num_threads(1)
    assert all((scipy.stats, sklearn.metrics, grading.runtime.box, handwriting_workshop.results))
    embedded_mnist()
    out = replies()
    for line in iter(sys.stdin.readline, ""):
        job = json.loads(line)
        if (pid := os.fork()) == 0:
            out.close()
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            os.dup2(0, 2)
            suites = [str(ROOT / folder / "step5") for folder in ("exercises", "grading/hidden")]
            options = [
                f"--rootdir={ROOT}",
                f"--target={job['folder']}",
                f"--exercise={job['exercise']}",
                f"--junitxml={job['report']}",
            ]
            sys.argv[1:] = [*suites, *options, "-q", "-p", "no:cacheprovider"]
            sys.exit(pytest.main(sys.argv[1:]))
        deadline = time.monotonic() + 60
        while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(pid, 9)
            time.sleep(0.02)
        out.write(f"{os.waitstatus_to_exitcode(ended[1])}\n")


# --- Verdicts -----------------------------------------------------------------------------------------------------------------


def digests() -> dict[str, str]:
    """File of the repository -> digest of its content."""
    paths = (path for name in OURS for path in sorted((ROOT / name).rglob("*")) if "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}


@pytest.fixture(scope="module")
def untouched() -> dict[str, str]:
    """The repository's files before anything hostile runs."""
    return digests()


@pytest.fixture(scope="module")
def preforked(untouched: dict[str, str]) -> dict[str, Verdict]:
    """All of the bank, in pre-forked workers."""
    assert untouched
    return judge_all([*CODE, *CONTROLS], "preforked")


@pytest.fixture(scope="module")
def fresh(untouched: dict[str, str]) -> dict[str, Verdict]:
    """A part of the bank, in fresh workers."""
    assert untouched
    return judge_all(FRESH, "fresh")


def check(attack: Attack, verdict: Verdict) -> None:
    """Fail unless the verdict is as the file says."""
    result = verdict.result
    told = [(test.id, test.outcome, test.message[:300]) for exercise in result.exercises for test in exercise.tests]
    assert result.state in ("graded", "graded_with_faults"), (result.state, result.feedback)
    if attack.head.get("points") == "some":
        assert 0 < result.points < result.out_of, told
    else:
        assert result.points == attack.points, told
    assert verdict.left == 0, f"{verdict.left} processes are left"
    assert verdict.next_points in (None, COURSE.exercise(NEXT).points), "the next honest answer lost points"
    assert verdict.seconds < float(attack.head.get("within", 60)), f"it took {verdict.seconds:.1f} s"
    shown = "\n".join([*result.feedback, *(text for each in result.exercises for text in (each.fault, *each.feedback))])
    shown += "\n".join(message for _, _, message in told)
    assert all(letter.isprintable() or letter in "\n\t" for letter in shown), "a message moves the terminal's cursor"
    if (never := attack.head.get("never")) is not None and "\\x" not in never:
        assert never not in verdict.text, f"{never} got out"


@pytest.mark.parametrize("attack", [*CODE, *CONTROLS], ids=lambda attack: attack.name)
def test_every_answer_gets_what_it_earned(attack: Attack, preforked: dict[str, Verdict]) -> None:
    """Hostile ones nothing, honest ones their exact points, the next one its own; nothing is left running."""
    check(attack, preforked[attack.name])


@pytest.mark.parametrize("attack", FRESH, ids=lambda attack: attack.name)
def test_fresh_workers_give_the_same_verdicts(attack: Attack, fresh: dict[str, Verdict]) -> None:
    """A part of the bank, of each kind."""
    check(attack, fresh[attack.name])


@pytest.mark.parametrize("attack", FILES, ids=lambda attack: attack.name)
def test_hostile_files_are_rejected_or_left_aside(attack: Attack, tmp_path: Path) -> None:
    """Archives, links, pipes, encodings: refused by name, or only the answer is taken, as it is."""
    right = course_texts("solutions", "step5")["evaluator.py"]
    path = runpy.run_path(str(attack.path))["hand_in"](tmp_path, right)
    if attack.head["expect"] == "honest":
        ((_, found),) = find_submissions(path, ["evaluator.py"], folder="step5")
        assert take_in(found, ["evaluator.py"], folder="step5").files == {"evaluator.py": right}
        return
    with pytest.raises(RejectedError):
        take_in(path, ["evaluator.py"], folder="step5")
    (result,) = Batch(step=COURSE.step(5), out=tmp_path / "out").judge([path], lambda _: None)
    assert (result.state, result.points) == ("rejected_intake", 0)


def test_no_byte_of_the_repository_has_changed(
    untouched: dict[str, str], preforked: dict[str, Verdict], fresh: dict[str, Verdict]
) -> None:
    """Tests, graders, exercises and reference are what they were before all this ran."""
    assert len(preforked) + len(fresh) == len(CODE) + len(CONTROLS) + len(FRESH)
    assert digests() == untouched


def test_the_bank_is_large_enough() -> None:
    """At least 80 attacks, 12 honest controls, 15 files in fresh mode, each with all that it must say."""
    assert len(BANK) >= 80
    assert len(CONTROLS) >= 12
    assert len(FRESH) >= 15
    for attack in (*BANK, *CONTROLS):
        assert {"attack", "exercise", "expect"} <= attack.head.keys(), attack.name
        assert attack.head["expect"] in ("zero", "honest", "rejected"), attack.name


def test_the_attacks_succeed_where_nothing_stops_them(tmp_path: Path) -> None:
    """A grader that runs answers in the process of pytest is fooled by at least 18 of them; else the bank is blunt."""
    chosen = [attack for attack in CODE if attack.head.get("naive") == "yes"]
    controls = [attack for attack in CONTROLS if attack.name in ("full", "stub")]
    fooled: dict[str, bool] = {}
    with program("naive") as grader:
        for attack in (*chosen, *controls):
            folder, report = tmp_path / attack.name, tmp_path / f"{attack.name}.xml"
            folder.mkdir()
            for file, text in attack.files().items():
                (folder / file).write_text(text, encoding="utf-8")
            job = {"folder": str(folder), "exercise": attack.head["exercise"], "report": str(report)}
            grader.stdin.write(json.dumps(job) + "\n")
            grader.stdin.flush()
            fooled[attack.name] = int(grader.stdout.readline()) == 0 or all_passed(report)
    assert (fooled.pop("full"), fooled.pop("stub")) == (True, False), "the naive grader does not even work"
    assert sum(fooled.values()) >= 18, f"only these succeed: {[name for name, is_fooled in fooled.items() if is_fooled]}"
    assert all(fooled.values()), f"these do nothing: {[name for name, is_fooled in fooled.items() if not is_fooled]}"


def all_passed(report: Path) -> bool:
    """What a report of pytest says."""
    try:
        suite = next(ElementTree.parse(report).iter("testsuite"))
    except (OSError, ElementTree.ParseError, StopIteration):
        return False
    return int(suite.get("tests", 0)) > 0 and not any(int(suite.get(name, 0)) for name in ("failures", "errors", "skipped"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("judge", "naive"))
    parser.add_argument("--slot", type=int)
    parser.add_argument("--mode")
    chosen_options = parser.parse_args()
    if chosen_options.what == "judge":
        run_grader(chosen_options.slot, chosen_options.mode)
    else:
        run_naive()
