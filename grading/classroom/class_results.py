"""The results of a class, read from the folder that `workshop judge` wrote, and what is odd about them as a whole."""

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grading.judging.arrival import PREFIX
from grading.judging.names import shown
from grading.judging.results import DamagedError, Durations, ExerciseResult, StepResult, durations_path, load, result_path
from grading.manifest import Step

HUMAN = ("graded_with_faults", "rejected_intake", "infra_error")
"""States that a human should look at."""


class NoResultsError(Exception):
    """There is nothing to work with; the text says where was looked, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One student's result, and how long it took."""

    result: StepResult
    durations: Durations | None = None
    """None if they are not there, or are those of another submission."""

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.result.name

    @property
    def exercises(self) -> dict[str, ExerciseResult]:
        """Exercise -> its result; empty if nothing was judged."""
        return {exercise.id: exercise for exercise in self.result.exercises}

    @property
    def was_judged(self) -> bool:
        """Whether tests were run."""
        return bool(self.result.exercises) and self.result.state in ("graded", "graded_with_faults")


@dataclass(frozen=True, kw_only=True)
class ClassResults:
    """All results of one step."""

    step: str
    students: tuple[Judged, ...]
    """By name."""
    warnings: tuple[str, ...] = ()
    """Results that could not be read, or that do not belong together; one line each."""

    @property
    def judged(self) -> tuple[Judged, ...]:
        """Those whose tests were run."""
        return tuple(student for student in self.students if student.was_judged)


def folder_of(results: Path, step: str) -> Path:
    """The folder that holds `step3/`; it may be named itself."""
    return results.parent if results.name == step and not (results / step).is_dir() else results


def steps_in(results: Path) -> list[str]:
    """The steps that a folder has results of, in their order; it may be the folder of one step itself."""
    found = [path.name for path in results.iterdir() if re.fullmatch(r"step\d+", path.name)] if results.is_dir() else []
    if not found and re.fullmatch(r"step\d+", results.name):
        return [results.name]
    return sorted(found, key=lambda name: int(name.removeprefix("step")))


def load_class(results: Path, step: str, key: bytes = b"") -> ClassResults:
    """The results of a step (`step3`) in a folder that `workshop judge --out` has filled, sealed with a key (`keys.seal_key`).

    Raises:
        NoResultsError: there is not one that can be read.
    """
    folder = folder_of(results, step)
    students, warnings = [], []
    for path in sorted((folder / step).glob("*.json")):
        try:
            result = load(path, key)
        except (DamagedError, OSError) as error:
            warnings.append(str(error))
            continue
        if result.step != step:
            warnings.append(f"{path} is a result of {result.step}, and was left out")
            continue
        if path != result_path(folder, step, result.name):
            warnings.append(f"{path} is a copy of the result of {shown(result.name)}, and was left out")
            continue
        students.append(Judged(result=result, durations=_durations(folder, result)))
    if not students:
        there = f"{len(warnings)} files there cannot be read: {warnings[0]}" if warnings else "is that the folder of --out?"
        raise NoResultsError(f"there are no results in {folder / step}; {there}")
    courses = {student.result.course for student in students if student.was_judged}
    if len(courses) > 1:
        warnings.insert(
            0,
            f"these results were judged by {len(courses)} versions of the tests and points; judge the class again before "
            "you compare students or publish points",
        )
    students.sort(key=lambda student: (student.name.casefold(), student.name))
    return ClassResults(step=step, students=tuple(students), warnings=tuple(warnings))


def other_points(results: ClassResults, step: Step) -> list[str]:
    """Exercises that count other points now than when the results were judged, in words."""
    now = {exercise.id: exercise.points for exercise in step.exercises}
    then = sorted({(each.id, each.out_of) for student in results.judged for each in student.result.exercises})
    changed = [
        f"{number} counted {out_of:g}, not {now[number]:g}" for number, out_of in then if out_of != now.get(number, out_of)
    ]
    gone = [f"{number} is no exercise any more" for number, _ in then if number not in now]
    return changed + gone + [f"{number} is new" for number in now if number not in dict(then)] if then else []


def _durations(folder: Path, result: StepResult) -> Durations | None:
    try:
        durations = msgspec.json.decode(durations_path(folder, result.step, result.name).read_bytes(), type=Durations)
    except (OSError, msgspec.DecodeError):
        return None
    return durations if durations.digest == result.digest else None


def why(result: StepResult) -> str:
    """What happened, in a line, where a human should look, or why a whole file counts nothing; empty where all went well."""
    faults = [f"{exercise.id}: {exercise.fault}" for exercise in result.exercises if exercise.fault]
    feedback = [line for line in result.feedback if result.state in HUMAN or not line.startswith(PREFIX)]
    return " · ".join((*faults, *feedback))
