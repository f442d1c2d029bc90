"""What a new judgement changes, before anybody sees it: who gains, who loses, and which tests say something else now.

`workshop compare OLD NEW`: after a wrong test was mended, or points were changed, and the class was judged again into a folder
of its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grading.classroom.class_results import ClassResults, Judged
from grading.classroom.grades import as_csv, number
from grading.judging.names import shown
from grading.judging.results import StepResult


@dataclass(frozen=True, kw_only=True)
class TestChange:
    """A test whose outcome is another now."""

    __test__ = False  # for pytest: this is no class of tests

    exercise: str
    test: str
    before: str
    """Outcome, or `no such test`."""
    after: str

    def __str__(self) -> str:
        """`3.2 test_models.py::test_shape: failed -> passed`."""
        return f"{self.exercise} {self.test}: {self.before} -> {self.after}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of one student."""

    name: str
    before: StepResult | None
    """None if there was no result."""
    after: StepResult | None
    tests: tuple[TestChange, ...] = ()

    @property
    def gain(self) -> float | None:
        """Points, below 0 for a loss; None where one of the results has none."""
        if self.before is None or self.after is None or self.before.points is None or self.after.points is None:
            return None
        return round(100 * self.after.points - 100 * self.before.points) / 100

    @property
    def is_unchanged(self) -> bool:
        """Same state, same points, same of each exercise, same outcome of each test."""
        if self.before is None or self.after is None:
            return False
        same = [(result.state, result.points, result.out_of, _points(result)) for result in (self.before, self.after)]
        return same[0] == same[1] and not self.tests

    @property
    def is_other_answer(self) -> bool:
        """Whether something else was handed in between: then it is not only the tests that differ."""
        digests = [result.digest for result in (self.before, self.after) if result is not None and result.digest]
        return len(set(digests)) == 2  # who was not taken in has none

    @property
    def exercises(self) -> tuple[str, ...]:
        """Exercises whose points differ, with both: `3.2 1.00 -> 4.00`."""
        if self.before is None or self.after is None:
            return ()
        old, new = _points(self.before), _points(self.after)
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        return tuple(f"{name} {number(old.get(name)) or '–'} -> {number(new.get(name)) or '–'}" for name in names)


def _points(result: StepResult) -> dict[str, float]:
    return {exercise.id: exercise.points for exercise in result.exercises}


def compare(old: ClassResults, new: ClassResults) -> list[Change]:
    """Each student of either, by name."""
    before, after = ({student.name: student for student in results.students} for results in (old, new))
    names = sorted({*before, *after}, key=lambda name: (name.casefold(), name))
    return [_change(name, before.get(name), after.get(name)) for name in names]


def _change(name: str, before: Judged | None, after: Judged | None) -> Change:
    tests: tuple[TestChange, ...] = ()
    if before is not None and after is not None and before.was_judged and after.was_judged:
        old, new = _outcomes(before), _outcomes(after)
        tests = tuple(
            TestChange(exercise=key[0], test=key[1], before=old.get(key, "no such test"), after=new.get(key, "no such test"))
            for key in dict.fromkeys((*old, *new))
            if old.get(key) != new.get(key)
        )
    return Change(
        name=name,
        before=None if before is None else before.result,
        after=None if after is None else after.result,
        tests=tests,
    )


def _outcomes(student: Judged) -> dict[tuple[str, str], str]:
    return {(exercise.id, test.id): test.outcome for exercise in student.result.exercises for test in exercise.tests}


# --- As text, and as CSV ------------------------------------------------------------------------------------------------------


def as_text(step: str, changes: Sequence[Change]) -> str:
    """A table for the terminal: a sum; who cannot be compared, loses, gains; the tests behind it."""
    lines = [f"{step}: {_summary(changes)}"]
    differing = [change for change in changes if not change.is_unchanged]
    if differing:
        width = min(32, max(7, *(len(shown(change.name)) for change in differing)))
        lines += ["", f"  {'student':<{width}}  {'before':>8}  {'after':>8}  {'gain':>7}  why"]
        order = sorted(differing, key=lambda change: (change.gain is not None, change.gain == 0, change.gain or 0.0))
        lines += [_line(change, width) for change in order]
    tests = Counter(test for change in changes for test in change.tests)
    if tests:
        lines += ["", "  tests that say something else now"]
        lines += [f"  {count:>4} × {test}" for test, count in sorted(tests.items(), key=lambda item: (-item[1], str(item[0])))]
    return "\n".join(lines) + "\n"


def _summary(changes: Sequence[Change]) -> str:
    gains = [change.gain for change in changes if change.gain is not None]
    parts = [
        f"{sum(gain > 0 for gain in gains)} gain",
        f"{sum(gain < 0 for gain in gains)} lose",
        f"{sum(change.is_unchanged for change in changes)} unchanged",
    ]
    same = sum(change.gain == 0 and not change.is_unchanged for change in changes)
    unclear = sum(change.gain is None and not change.is_unchanged for change in changes)
    parts += [f"{same} with the same points, otherwise changed"] * bool(same)
    parts += [f"{unclear} that cannot be compared"] * bool(unclear)
    return f"{len(changes)} student{'s' * (len(changes) != 1)}: {', '.join(parts)}"


def _line(change: Change, width: int) -> str:
    gain = "" if change.gain is None else f"{change.gain:+.2f}" if change.gain else "0.00"
    name = shown(change.name)
    name = name if len(name) <= width else f"{name[: width - 1]}…"
    return f"  {name:<{width}}  {_cell(change.before):>8}  {_cell(change.after):>8}  {gain:>7}  {why(change)}".rstrip()


def _cell(result: StepResult | None) -> str:
    return "–" if result is None or result.points is None else number(result.points)


def why(change: Change) -> str:
    """What lies behind it, in a line."""
    if change.before is None or change.after is None:
        return f"only in the {'new' if change.before is None else 'old'} results"
    parts = ["another answer was handed in"] if change.is_other_answer else []
    if change.before.state != change.after.state:
        parts.append(f"{change.before.state} -> {change.after.state}")
    if change.before.out_of != change.after.out_of:
        parts.append(f"out of {change.before.out_of} -> {change.after.out_of}")
    parts += change.exercises
    if not change.exercises and change.tests:
        parts.append(f"{len(change.tests)} test{'s' * (len(change.tests) != 1)} with another outcome")
    return "; ".join(parts)


def as_table(step: str, changes: Sequence[Change]) -> str:
    """CSV: one row per student, those unchanged included."""
    header = ["step", "student", "before", "after", "gain", "state_before", "state_after", "why", "tests"]
    rows = [
        [
            step,
            change.name,
            "" if change.before is None else number(change.before.points),
            "" if change.after is None else number(change.after.points),
            number(change.gain),
            "" if change.before is None else change.before.state,
            "" if change.after is None else change.after.state,
            "unchanged" if change.is_unchanged else why(change),
            "; ".join(map(str, change.tests)),
        ]
        for change in changes
    ]
    return as_csv([header, *rows])
