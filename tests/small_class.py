"""Results of a class, made without judging anybody."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from grading.judging.results import (
    Durations,
    Outcome,
    StepResult,
    TestResult,
    failed_judge,
    graded,
    judge_exercise,
    rejected,
    save,
)
from grading.manifest import Step, load_course

STEP = load_course().step(3)
"""The step that these results are of."""


def tests_of(exercise: str) -> list[str]:
    """Two tests: a public one, and a hidden one that decides."""
    return [f"test_models.py::test_{exercise}", f"test_models_hidden.py::test_any_{exercise}"]


def judged(
    name: str,
    outcomes: Mapping[str, Sequence[Outcome]] | None = None,
    *,
    messages: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    step: Step = STEP,
    digest: str = "",
) -> StepResult:
    """A student whose exercises have these outcomes of their two tests; all others are untouched."""
    exercises = []
    for exercise in step.exercises:
        tests = tests_of(exercise.id)
        found = (outcomes or {}).get(exercise.id, ["todo"] * len(tests))
        results = {
            test: TestResult(
                id=test, outcome=outcome, message="" if outcome == "passed" else (messages or {}).get(exercise.id, "")
            )
            for test, outcome in zip(tests, found, strict=True)
        }
        fault = (faults or {}).get(exercise.id, "")
        exercises.append(judge_exercise(exercise.id, exercise.points, tests, results, tests[1:], fault=fault))
    return graded(name, step.folder, digest or f"digest of {name}", exercises, course="c1")


def everything(outcome: Outcome = "passed") -> dict[str, list[Outcome]]:
    """Every test of the step with one outcome."""
    return {exercise.id: [outcome] * 2 for exercise in STEP.exercises}


def refused(name: str) -> StepResult:
    """Not taken in."""
    return rejected(name, STEP.folder, "models.py: this is no UTF-8; save it as UTF-8", STEP.points, course="c1")


def unjudged(name: str) -> StepResult:
    """The judge failed."""
    return failed_judge(name, STEP.folder, f"digest of {name}", "the grader ended", STEP.points, course="c1")


def write(folder: Path, *results: StepResult, seconds: Mapping[str, float] = MappingProxyType({})) -> Path:
    """The folder, with these results and durations in it. Of each exercise these `seconds` by student, or half a second."""
    for result in results:
        each = seconds.get(result.name, 0.5)
        times = {exercise.id: each for exercise in result.exercises}
        tests = {test.id: each / 2 for exercise in result.exercises for test in exercise.tests}
        save(
            folder,
            result,
            Durations(name=result.name, step=result.step, digest=result.digest, seconds=2.0, exercises=times, tests=tests),
        )
    return folder
