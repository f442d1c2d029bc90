"""What an instructor wants to know of a class, on one page that opens without a server: `workshop report`.

Nothing on the page is a verdict: it says where to look. Every text of a student is escaped.
"""

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from grading.classroom.class_results import HUMAN, ClassResults, Judged, why
from grading.classroom.item_analysis import ExerciseItem, TestItem, analyse, mark
from grading.classroom.similarity import Pair
from grading.judging.results import ExerciseResult, TestResult
from grading.manifest import Step

TEMPLATE = Path(__file__).parent / "data" / "class_report.html.j2"
BINS = 10
MESSAGES = 12
"""Clusters of messages that are shown."""
NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:0x[0-9a-f]+|\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)(?![\w])", re.IGNORECASE)
MANY = re.compile(r"#(?:,? #)+")


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Students whose points lie in a range."""

    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One way to fail: tests that say the same but for the numbers."""

    exercises: tuple[str, ...]
    """One; or all in which the same students got the same message, because one mistake stopped them."""
    text: str
    """The first line, with # for each number."""
    students: tuple[str, ...]
    tests: tuple[str, ...]
    example: str
    """The whole message, as the first of them got it."""


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A student who does not get on."""

    name: str
    points: float
    untouched: tuple[str, ...]
    failing: tuple[str, ...]


# --- What is on the page ------------------------------------------------------------------------------------------------------


def distribution(results: ClassResults, out_of: int) -> list[Bin]:
    """Students by their points, in ranges of a tenth of all points; full marks have a bar of their own."""
    points = [student.result.points for student in results.students if student.result.points is not None]
    width = out_of / BINS
    counts = Counter(BINS if value >= out_of else math.floor(round(value * BINS / out_of, 6)) for value in points)
    labels = [f"{place * width:g}–{(place + 1) * width:g}" for place in range(BINS)]
    return [Bin(label=label, count=counts[place]) for place, label in enumerate([*labels, f"all {out_of}"])]


def normalised(message: str) -> str:
    """The first line of a message, each number in it as #, and a row of numbers as `#, …`: so equal mistakes read equal."""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return MANY.sub("#, …", NUMBER.sub("#", re.sub(r"\s+", " ", first)))


def clusters(results: ClassResults) -> list[Cluster]:
    """The ways to fail that most students share, those first; an open gap is none.

    What stops a whole file says the same in every exercise, and is one way to fail. A hidden test that says no more than public
    ones of its exercise do is left out.
    """
    found: dict[tuple[str, str], list[tuple[str, str, TestResult]]] = defaultdict(list)
    for student in results.judged:
        failed = [(exercise.id, test) for exercise in student.result.exercises for test in _telling(exercise)]
        places: dict[str, set[str]] = defaultdict(set)
        for exercise, test in failed:
            places[test.message].add(exercise)
        for exercise, test in failed:
            is_one_mistake = bool(test.message) and len(places[test.message]) > 1
            key = "" if is_one_mistake else exercise, normalised(test.message) or test.outcome
            found[key].append((student.name, exercise, test))
    made = [
        Cluster(
            exercises=tuple(dict.fromkeys(exercise for _, exercise, _ in cases)),
            text=text,
            students=tuple(dict.fromkeys(name for name, _, _ in cases)),
            tests=tuple(sorted({test.id for _, _, test in cases})),
            example=cases[0][2].message,
        )
        for (_, text), cases in found.items()
    ]
    return sorted(made, key=lambda cluster: (-len(cluster.students), -len(cluster.exercises), cluster.exercises, cluster.text))


def _telling(exercise: ExerciseResult) -> list[TestResult]:
    """The failed tests of an exercise that tell something: of hidden ones, those that no public one tells as well."""
    failed = [test for test in exercise.tests if test.outcome not in ("passed", "todo")]
    public = [test.message for test in failed if not is_hidden(test.id) and test.message]
    return [test for test in failed if not is_hidden(test.id) or not any(text.startswith(test.message) for text in public)]


def is_hidden(test: str) -> bool:
    """Whether a test is one of those that interns do not see."""
    return "_hidden.py::" in test


def stuck_students(results: ClassResults, step: Step) -> list[Stuck]:
    """Who has more than half of the exercises that count untouched, or without a single point; the fewest points first."""
    counting = [exercise.id for exercise in step.exercises if not exercise.optional]
    found = []
    for student in results.judged:
        marks = {exercise: mark(student, exercise) for exercise in counting}
        untouched = tuple(exercise for exercise, what in marks.items() if what == "untouched")
        failing = tuple(exercise for exercise, what in marks.items() if what == "wrong")
        if 2 * (len(untouched) + len(failing)) > len(counting):
            found.append(Stuck(name=student.name, points=student.result.points or 0.0, untouched=untouched, failing=failing))
    return sorted(found, key=lambda stuck: (stuck.points, stuck.name))


def for_a_human(results: ClassResults) -> list[tuple[Judged, str]]:
    """Results that somebody should look at, and why."""
    order = ("infra_error", "rejected_intake", "graded_with_faults")
    found = [(student, why(student.result)) for student in results.students if student.result.state in HUMAN]
    return sorted(found, key=lambda pair: (order.index(pair[0].result.state), pair[0].name))


def extremes(items: Sequence[ExerciseItem]) -> tuple[list[TestItem], list[TestItem]]:
    """Tests that everybody fails who was beyond the gap, and tests that nobody fails who was: neither tells anything apart."""
    tests = [test for item in items for test in item.tests if test.students > test.untouched]
    everybody = [test for test in tests if test.failed == test.students]
    nobody = [test for test in tests if test.failed == test.untouched]
    return everybody, nobody


# --- The page -----------------------------------------------------------------------------------------------------------------


def render(results: ClassResults, step: Step, pairs: Sequence[Pair] = (), *, not_compared: str = "") -> str:
    """The page; if answers were not compared, why not."""
    items = analyse(results, step)
    everybody, nobody = extremes(items)
    points = [student.result.points for student in results.students if student.result.points is not None]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": _percent, "seconds": _seconds, "correlation": _correlation, "breakable": _breakable}
    environment.tests["hidden"] = is_hidden
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    found = clusters(results)
    return template.render(
        step=step,
        results=results,
        items=items,
        bins=distribution(results, step.points),
        median=statistics.median(points) if points else None,
        mean=statistics.fmean(points) if points else None,
        full=sum(value >= step.points for value in points),
        everybody=everybody,
        nobody=nobody,
        clusters=found[:MESSAGES],
        more_clusters=len(found) - MESSAGES,
        stuck=stuck_students(results, step),
        human=for_a_human(results),
        marks=[(student, [mark(student, exercise.id) for exercise in step.exercises]) for student in results.students],
        pairs=pairs,
        not_compared=not_compared,
    )


def _breakable(name: str) -> Markup:
    """A long name that may go on in the next line after any underscore."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1000 * value:.0f} ms" if value < 0.9995 else f"{value:.1f} s"


def _correlation(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}".replace("-", "−")
