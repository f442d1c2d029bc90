"""The course in one list: `steps.toml` as frozen structures, checked."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

STEPS = Path(__file__).parent / "steps.toml"
SOLUTION_HINTS = 3
"""Hints of every exercise: a nudge, an approach, and almost the code."""


class ManifestError(ValueError):
    """What is wrong with the manifest: one line per fault, each with file and line."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plausible wrong answer that many give, and what to tell those who give it."""

    name: str
    """Also the name of its file in `grading/mutants/stepN/`."""
    hint: str


class Exercise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gap in one module: the idea itself, without the plumbing around it."""

    id: str
    """Step and number, such as `3.2`."""
    name: str
    """The function, class or method with the gap, as one finds it in the module: `SimpleCNN`."""
    module: str
    """A module of `handwriting_workshop`, without the suffix."""
    goal: str
    """One line; it stands in the gap."""
    difficulty: int
    """1 (easy) to 5."""
    minutes: int
    points: int
    """0 for an optional exercise."""
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    optional: bool = False
    forbidden: dict[str, str] = msgspec.field(default_factory=dict)
    """Names that would skip the lesson (`MultiheadAttention`, `sklearn.metrics`), and why each may not be used here."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lesson of the course."""

    number: int
    title: str
    seconds_per_test: int
    """Of wall time for one act of a test, after which it is stopped as an endless loop; acts that train a model get more."""
    exercises: tuple[Exercise, ...]

    @property
    def folder(self) -> str:
        """Its folder in `exercises/` and `solutions/`."""
        return f"step{self.number}"

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules with gaps, in the order in which their exercises come."""
        return tuple(dict.fromkeys(exercise.module for exercise in self.exercises))

    @property
    def points(self) -> int:
        """Of all its exercises."""
        return sum(exercise.points for exercise in self.exercises)


class Course(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All steps, in order."""

    steps: tuple[Step, ...]

    def exercises(self) -> Iterator[Exercise]:
        """All exercises, in the order of the course."""
        for step in self.steps:
            yield from step.exercises

    def step(self, number: int) -> Step:
        """One step.

        Raises:
            KeyError: there is no such step; the text names those that there are.
        """
        for step in self.steps:
            if step.number == number:
                return step
        raise KeyError(f"there is no step {number}; the course has {', '.join(str(step.number) for step in self.steps)}")

    def find_step(self, name: str) -> Step:
        """The step that one has typed: `3` or `step3`, and nothing else.

        Raises:
            KeyError: there is no such step; the text names those that there are.
        """
        for step in self.steps:
            if name in (str(step.number), step.folder):
                return step
        raise KeyError(f"there is no step {name!r}; choose one of {', '.join(step.folder for step in self.steps)}")

    def exercise(self, exercise_id: str) -> Exercise:
        """One exercise.

        Raises:
            KeyError: there is no such exercise; the text names those of its step.
        """
        for exercise in self.exercises():
            if exercise.id == exercise_id:
                return exercise
        near = [exercise.id for exercise in self.exercises() if exercise.id.startswith(exercise_id.partition(".")[0] + ".")]
        every = [exercise.id for exercise in self.exercises()]
        choices = f"choose among: {', '.join(near)}" if near else f"exercises have numbers from {every[0]} to {every[-1]}"
        raise KeyError(f"there is no exercise {exercise_id!r}; {choices}")


def load_course(path: Path = STEPS) -> Course:
    """The course that a manifest describes.

    Raises:
        ManifestError: text that is no TOML, a missing or unknown key, a value out of its range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ManifestError(f"there is no {path}: the course has no exercises yet") from None
    try:
        course = msgspec.toml.decode(text, type=Course, strict=True)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{path}:{_line_of_path(text, str(error))}: {error}") from None
    except msgspec.DecodeError as error:
        raise ManifestError(f"{path}: {error}") from None
    faults = [f"{path}:{_line_of_id(text, where)}: {fault}" for where, fault in _faults(course)]
    if faults:
        raise ManifestError("\n".join(faults))
    return course


def _faults(course: Course) -> Iterator[tuple[str, str]]:
    """(step's or exercise's number, what is wrong with it)."""
    seen: set[str] = set()
    numbers = [step.number for step in course.steps]
    if numbers != sorted(set(numbers)):
        yield str(numbers[0]), f"steps must be in the order of their numbers, each once; got {', '.join(map(str, numbers))}"
    for step in course.steps:
        if step.seconds_per_test < 1:
            yield str(step.number), f"seconds_per_test must be at least 1, got {step.seconds_per_test}"
        required = [exercise for exercise in step.exercises if not exercise.optional]
        if not 4 <= len(required) <= 7:
            yield str(step.number), f"step {step.number} has {len(required)} exercises that count; a step has four to seven"
        expected = [f"{step.number}.{place}" for place in range(1, len(step.exercises) + 1)]
        if [exercise.id for exercise in step.exercises] != expected:
            yield str(step.number), f"the exercises of step {step.number} must be numbered {', '.join(expected)}, in this order"
        for exercise in step.exercises:
            if exercise.id in seen:
                yield exercise.id, f"exercise {exercise.id} is listed twice"
            seen.add(exercise.id)
            yield from ((exercise.id, f"exercise {exercise.id}: {fault}") for fault in _exercise_faults(exercise))


def _exercise_faults(exercise: Exercise) -> Iterator[str]:
    if not 1 <= exercise.difficulty <= 5:
        yield f"difficulty must lie in 1…5, got {exercise.difficulty}"
    if not 5 <= exercise.minutes <= 30:
        yield f"minutes must lie in 5…30, got {exercise.minutes}; a longer exercise is two"
    if exercise.optional != (exercise.points == 0) or exercise.points < 0:
        yield f"an exercise has points, or is optional and has none; got points = {exercise.points}"
    if not all(mistake.hint.strip() for mistake in exercise.mistakes):
        yield "each of its mistakes needs a hint"
    if len(exercise.hints) != SOLUTION_HINTS or not all(hint.strip() for hint in exercise.hints):
        yield f"there must be {SOLUTION_HINTS} hints, from a nudge to almost the code; got {len(exercise.hints)}"
    if len(exercise.mistakes) < 2:
        yield f"there must be at least two known mistakes; got {len(exercise.mistakes)}"
    if len({mistake.name for mistake in exercise.mistakes}) < len(exercise.mistakes):
        yield "two of its mistakes have one name"
    if wrong := [mistake.name for mistake in exercise.mistakes if not re.fullmatch(r"[a-z][a-z0-9_]*", mistake.name)]:
        yield f"a mistake's name is a file's name, in lower case with underscores; got {wrong[0]!r}"
    if len(exercise.goal) > 85:
        yield f"the goal must fit into a line of the stub: at most 85 characters, got {len(exercise.goal)}"
    if "\n" in exercise.goal or not exercise.goal.strip() or exercise.goal.endswith("."):
        yield "the goal must be one line without a full stop, for it stands in the gap"


def _line_of_id(text: str, where: str) -> int:
    """The line where a step's or an exercise's number stands; 1 if it stands nowhere."""
    wanted = re.compile(rf'id\s*=\s*"{re.escape(where)}"' if "." in where else rf"number\s*=\s*{where}\b")
    return next((line for line, content in enumerate(text.splitlines(), start=1) if wanted.match(content)), 1)


def _line_of_path(text: str, message: str) -> int:
    """The line of the table that a validation error is about: `at $.steps[1].exercises[3].minutes`."""
    place = re.search(r"\$\.steps\[(\d+)\](?:\.exercises\[(\d+)\])?", message)
    if place is None:
        return 1
    step, exercise, step_line = -1, -1, 1
    for line, content in enumerate(text.splitlines(), start=1):
        if content.startswith("[[steps]]"):
            step, exercise = step + 1, -1
        elif content.startswith("[[steps.exercises]]"):
            exercise += 1
        else:
            continue
        if step == int(place[1]):
            if place[2] is None or exercise == int(place[2]):
                return line
            step_line = line
    return step_line
