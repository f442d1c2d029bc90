"""How exercises and tests did their work: how many fail, how long it takes, and whether they tell the strong from the weak."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from grading.classroom.class_results import ClassResults, Judged
from grading.judging.results import ExerciseResult
from grading.manifest import Exercise, Step

ENOUGH = 5
"""Students below which a correlation says nothing."""


def point_biserial(passed: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The correlation of passing with a score: (M₁ − M₀) / s · √(p · q), s the standard deviation of all (division by n).

    1: only the strongest pass; 0: passing has nothing to do with it; below 0: rather the weak pass, so look at the test. None
    where it is not defined: all pass, none does, or all scores are equal.

    Raises:
        ValueError: not as many scores as answers.
    """
    with_it = [score for passes, score in zip(passed, scores, strict=True) if passes]
    without = [score for passes, score in zip(passed, scores, strict=True) if not passes]
    if not with_it or not without or (spread := statistics.pstdev(scores)) == 0:
        return None
    share = len(with_it) / len(passed)
    r = (statistics.fmean(with_it) - statistics.fmean(without)) / spread * math.sqrt(share * (1 - share))
    return max(-1.0, min(1.0, r))


@dataclass(frozen=True, kw_only=True)
class TestItem:
    """One test, in the whole class."""

    __test__ = False  # for pytest: this is no class of tests

    id: str
    students: int
    failed: int
    """All that did not pass, untouched gaps among them."""
    untouched: int
    seconds: float | None
    """The median of those who were beyond the gap; None if nobody was, or nothing is known."""
    discrimination: float | None
    """Point-biserial of passing with the points in all other exercises."""

    @property
    def fail_rate(self) -> float:
        """0 to 1."""
        return self.failed / self.students if self.students else 0.0


@dataclass(frozen=True, kw_only=True)
class ExerciseItem:
    """One exercise, in the whole class."""

    exercise: Exercise
    full: int
    part: int
    wrong: int
    """Touched, and no test passed that counts."""
    untouched: int
    """Every test found the gap open."""
    seconds: float | None
    """The median; None if nothing is known."""
    discrimination: float | None
    """Point-biserial of full marks with the points in all other exercises."""
    tests: tuple[TestItem, ...]

    @property
    def students(self) -> int:
        """Whose answer was judged."""
        return self.full + self.part + self.wrong + self.untouched

    @property
    def fail_rate(self) -> float:
        """The share without full marks, 0 to 1."""
        return 1 - self.full / self.students if self.students else 0.0


def mark(student: Judged, exercise: str) -> str:
    """What an answer to an exercise is: `full`, `part`, `wrong`, `untouched`, or empty if it was not judged."""
    found = student.exercises.get(exercise)
    return "" if found is None or not student.was_judged else mark_of(found)


def mark_of(found: ExerciseResult) -> str:
    """The same of a result; empty if no test was expected."""
    if not found.tests:
        return ""
    if all(test.outcome == "passed" for test in found.tests):
        return "full"
    if all(test.outcome == "todo" for test in found.tests):
        return "untouched"
    some = found.points > 0 or (found.out_of == 0 and any(test.outcome == "passed" for test in found.tests))
    return "part" if some else "wrong"


def analyse(results: ClassResults, step: Step) -> list[ExerciseItem]:
    """All exercises of a step, in their order."""
    return [_exercise(results.judged, exercise) for exercise in step.exercises]


def _exercise(students: Sequence[Judged], exercise: Exercise) -> ExerciseItem:
    students = [student for student in students if exercise.id in student.exercises]
    rest = [_points_elsewhere(student, exercise.id) for student in students]
    marks = [mark(student, exercise.id) for student in students]
    tests = list(dict.fromkeys(test.id for student in students for test in student.exercises[exercise.id].tests))
    return ExerciseItem(
        exercise=exercise,
        full=marks.count("full"),
        part=marks.count("part"),
        wrong=marks.count("wrong"),
        untouched=marks.count("untouched"),
        seconds=_median(
            [
                student.durations.exercises[exercise.id]
                for student, what in zip(students, marks, strict=True)
                if what != "untouched" and student.durations is not None and exercise.id in student.durations.exercises
            ]
        ),
        discrimination=_discrimination([what == "full" for what in marks], rest),
        tests=tuple(_test(students, exercise.id, test) for test in tests),
    )


def _test(students: Sequence[Judged], exercise: str, test: str) -> TestItem:
    found = [(student, each.outcome) for student in students for each in student.exercises[exercise].tests if each.id == test]
    outcomes = [outcome for _, outcome in found]
    return TestItem(
        id=test,
        students=len(found),
        failed=len(found) - outcomes.count("passed"),
        untouched=outcomes.count("todo"),
        seconds=_median(
            [
                student.durations.tests[test]
                for student, outcome in found
                if outcome != "todo" and student.durations is not None and test in student.durations.tests
            ]
        ),
        discrimination=_discrimination(
            [outcome == "passed" for outcome in outcomes], [_points_elsewhere(student, exercise) for student, _ in found]
        ),
    )


def _points_elsewhere(student: Judged, exercise: str) -> float:
    """The rest score: the exercise itself would always agree with itself."""
    return sum(result.points for name, result in student.exercises.items() if name != exercise)


def _discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    return point_biserial(passed, rest) if len(passed) >= ENOUGH else None


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
