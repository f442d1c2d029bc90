"""The proof that the suites tell right from wrong: every wrong answer fails the tests that it names, every right one passes.

A child program, `workshop dev mutants`: all answers in one warm process, each against the tests of its own exercise only. With
`--record` it also writes down by what a known mistake is recognised (`grading/mistakes.json`).
"""

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grading.authoring.stubs import splice
from grading.manifest import Course, Exercise, load_course
from grading.runtime.recognition import FILE, Fingerprints, as_text, recognise
from grading.runtime.targets import answers, tests_that_fail

ROOT = Path(__file__).parents[2]


@dataclass
class Outcome:
    """What the tests of one exercise say about one answer; a plugin that listens to pytest."""

    passed: set[str] = field(default_factory=set)
    failed: Fingerprints = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    """Tests that neither passed nor failed: TODO, errors of the suite itself."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be read proves nothing."""
        if report.failed:
            self.other[report.nodeid] = f"cannot be collected: {report.longreprtext.strip().splitlines()[-1]}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of one test; its name includes its parameters."""
        name = report.nodeid.rpartition("::")[2]
        if hasattr(report, "todo"):
            self.other[name] = report.todo
        elif report.when == "call" and report.passed:
            self.passed.add(name)
        elif report.when == "call" and report.failed:
            self.failed[name] = getattr(report, "fingerprint", None)
        elif not report.passed:
            self.other[name] = f"{report.when}: {report.outcome}"


def judge(root: Path, exercise: Exercise, target: str, *options: str) -> tuple[Outcome, str]:
    """Run the tests of an exercise on a target; the outcome, and what pytest printed."""
    outcome, printed = Outcome(), io.StringIO()
    folder = f"exercises/step{exercise.id.partition('.')[0]}"
    arguments = [str(root / folder), f"--rootdir={root}", "--target", target, "--exercise", exercise.id, "-q", *options]
    arguments += ["-p", "no:cacheprovider", "-p", "no:unraisableexception"]  # the latter collects garbage for half a second
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        pytest.main(arguments, plugins=[outcome])
    return outcome, printed.getvalue()


def judge_mutant(root: Path, exercise: Exercise, name: str, expected: list[str]) -> tuple[Outcome, str]:
    """As `judge`, without the tests that train a model where the wrong answer names none of them: that takes half of the time."""
    outcome, printed = judge(root, exercise, f"mutant:{name}", "-m", "not accuracy")
    run = {test.partition("[")[0] for test in (*outcome.passed, *outcome.failed, *outcome.other)}
    return (outcome, printed) if run.issuperset(expected) else judge(root, exercise, f"mutant:{name}")


def fault_of_text(root: Path, exercise: Exercise, path: Path) -> str | None:
    """Why an answer is none: what Python cannot read fails all tests, and tells nothing about them."""
    reference = (root / "handwriting_workshop" / f"{exercise.module}.py").read_text(encoding="utf-8")
    try:
        compile(splice(reference, exercise.id, path.read_text(encoding="utf-8")), path.name, "exec")
    except (SyntaxError, ValueError) as error:
        return str(error)
    return None


def faults_of_mutant(outcome: Outcome, expected: list[str]) -> Iterator[str]:
    """Why a wrong answer proves nothing."""
    failed, passed = ({name.partition("[")[0] for name in names} for names in (outcome.failed, outcome.passed))
    if not expected:
        yield "it names no test in a line `# fails: test_…, test_…`"
    yield from (f"{name} passes" if name in passed else f"{name} is no test of it" for name in expected if name not in failed)
    yield from (f"{name}: {what}" for name, what in outcome.other.items())


def faults_of_alternative(outcome: Outcome) -> Iterator[str]:
    """Why a right answer is not accepted."""
    if not outcome.passed and not outcome.failed:
        yield "no test was run"
    yield from (f"{name} fails" for name in outcome.failed)
    yield from (f"{name}: {what}" for name, what in outcome.other.items())


def missing(root: Path, course: Course) -> Iterator[str]:
    """Exercises that lack wrong or right answers, and known mistakes without a file."""
    mutants, alternatives = answers(root, "mutant"), answers(root, "alternative")
    ids = {exercise.id for exercise in course.exercises()}
    for name, path in (*mutants.items(), *alternatives.items()):
        if name.partition("-")[0] not in ids:
            yield f"{path.relative_to(root)}: there is no exercise {name.partition('-')[0]}; call it 3.2-name.py, or delete it"
    for exercise in course.exercises():
        for bank, known, least in (("mutant", mutants, 2), ("alternative", alternatives, 1)):
            count = sum(name.startswith(f"{exercise.id}-") for name in known)
            if count < least:
                yield f"{exercise.id}: {count} {bank}(s), at least {least} are needed"
        for mistake in exercise.mistakes:
            if f"{exercise.id}-{mistake.name}" not in mutants:
                yield f"{exercise.id}: there is no mutant for its known mistake {mistake.name!r}"


def prove(root: Path, course: Course, wanted: list[str], *, record: bool = False, verbose: bool = False) -> list[str]:
    """Run every answer of the wanted exercises (`3`, `3.2`; none: all); the faults that were found."""
    chosen = [
        exercise for exercise in course.exercises() if not wanted or {exercise.id, exercise.id.partition(".")[0]} & {*wanted}
    ]
    others = {exercise.id for exercise in course.exercises()}.difference(exercise.id for exercise in chosen)
    faults = [fault for fault in missing(root, course) if fault.partition(":")[0] not in others]
    recorded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for exercise in chosen:
        mistakes = {mistake.name for mistake in exercise.mistakes}
        outcomes: dict[str, Outcome] = {}
        for bank in ("mutant", "alternative"):
            for name, path in answers(root, bank).items():
                if not name.startswith(f"{exercise.id}-"):
                    continue
                if (unreadable := fault_of_text(root, exercise, path)) is not None:
                    print(f"BAD  {bank} {name}: {unreadable}")
                    faults.append(f"{bank} {name}: {unreadable}")
                    continue
                if bank == "mutant":
                    outcome, printed = judge_mutant(root, exercise, name, tests_that_fail(path))
                    outcomes[name.partition("-")[2]] = outcome
                    found = [*faults_of_mutant(outcome, tests_that_fail(path))]
                else:
                    outcome, printed = judge(root, exercise, f"{bank}:{name}")
                    found = [*faults_of_alternative(outcome)]
                print(
                    f"{'ok  ' if not found else 'BAD '} {bank} {name}: {len(outcome.failed)} failed, {len(outcome.passed)} passed"
                )
                if found or verbose:
                    print(printed)
                faults += [f"{bank} {name}: {fault}" for fault in found]
        known = {
            name: {test: given for test, given in outcome.failed.items() if given is not None}
            for name, outcome in outcomes.items()
            if name in mistakes
        }
        if record:
            recorded[exercise.id] = known
        for name, outcome in outcomes.items():
            told = recognise(outcome.failed, outcome.passed, recorded.get(exercise.id, {}))
            if told != (name if name in mistakes else None):
                faults.append(f"mutant {exercise.id}-{name}: is recognised as {told} (workshop dev mutants --record)")
    if record:
        ids = {exercise.id for exercise in course.exercises()}
        kept = {number: recorded[number] for number in ids & recorded.keys()}
        FILE.write_text(as_text(kept), encoding="utf-8", newline="\n")
    return faults


def main() -> int:
    """Command line; the exit status."""
    parser = argparse.ArgumentParser(prog="workshop dev mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("exercises", nargs="*", metavar="3.2", help="steps or exercises (default: all)")
    parser.add_argument("--record", action="store_true", help="write down by what the known mistakes are recognised")
    parser.add_argument("--verbose", action="store_true", help="show what pytest says about each answer")
    options = parser.parse_args()
    course = load_course()
    wanted = [name.removeprefix("step") for name in options.exercises]
    known = {exercise.id for exercise in course.exercises()} | {str(step.number) for step in course.steps}
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"there is no step or exercise {unknown[0]!r}; choose among: {', '.join(sorted(known))}")
    faults = prove(ROOT, course, wanted, record=options.record, verbose=options.verbose)
    print("\n".join(["", *faults]) if faults else "every wrong answer fails where it should, every right one passes")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
