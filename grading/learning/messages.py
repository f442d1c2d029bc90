"""What an intern reads in the terminal: 80 columns, no colours, the next command always at the end."""

import textwrap
from collections.abc import Iterator

from grading.learning.workspace import State, Workspace
from grading.manifest import Exercise, Step

COLUMNS = 80

MARKS = {
    State.PASSING: ("✓", "+"),
    State.FAILING: ("✗", "x"),
    State.CHANGED: ("?", "?"),
    State.UNTRAINED: ("~", "~"),
    State.UNREADABLE: ("!", "!"),
    State.TODO: ("·", "."),
}
"""State -> its mark, and the same in ASCII."""


def mark(state: State, encoding: str | None) -> str:
    """A state's mark, as far as the terminal can show it."""
    fancy, plain = MARKS[state]
    try:
        fancy.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return plain
    return fancy


def bar(done: int, total: int, width: int = 10) -> str:
    """`[####------]`."""
    filled = width * done // total if total else 0
    return f"[{'#' * filled}{'-' * (width - filled)}]"


def exercise_lines(workspace: Workspace, step: Step, encoding: str | None) -> Iterator[str]:
    """A step and its exercises, one line each."""
    yield f"step {step.number}: {step.title}"
    for exercise, state in workspace.states(step):
        kind = "optional" if exercise.optional else f"{exercise.points} points"
        yield (
            f"  {mark(state, encoding)} {exercise.id:<5}{exercise.name[:28]:<29}{exercise.minutes:>3} min  {kind:<10}"
            f"{'' if state in (State.TODO, State.PASSING) else state.value}"
        ).rstrip()


def step_line(workspace: Workspace, step: Step) -> str:
    """A step in one line: how many of its exercises that count pass, and their points."""
    counting = [(each, state) for each, state in workspace.states(step) if not each.optional]
    done = [each for each, state in counting if state is State.PASSING]
    points = sum(each.points for each in done)
    return (
        f"step {step.number}  {bar(len(done), len(counting))}  {len(done)} of {len(counting)} exercises, "
        f"{points:>2} of {step.points} points  {step.title}"
    )


def finished_line(step: Step) -> str:
    """What is said once all of a step that counts passes."""
    return f"all that counts in step {step.number} passes; to hand it in: workshop submit step{step.number}"


def next_lines(workspace: Workspace, exercise: Exercise | None) -> Iterator[str]:
    """What to do next, with the commands to type."""
    if exercise is None:
        yield "all exercises that count pass; see your own work: workshop run --code exercises"
        return
    state, path = workspace.state(exercise), workspace.path(exercise)
    note = "" if state is State.TODO else f" ({state.value})"
    yield f"next: {exercise.id} {exercise.name}{note}, about {exercise.minutes} min"
    yield from textwrap.wrap(exercise.goal, COLUMNS, initial_indent="  goal  ", subsequent_indent=" " * 8)
    if path.is_file():
        yield f"  edit  {workspace.shown(path)}:{workspace.line(exercise)}"
    else:
        yield f"  file  {path.name} is gone: workshop reset {path.parent.name}/{path.stem} puts it back"
    yield f"  test  pytest {workspace.shown(path.parent)} --exercise {exercise.id}"
    yield f"  hint  workshop hint {exercise.id}"
