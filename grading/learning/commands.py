"""The commands of the intern's loop, each a function that prints and gives an exit status; `grading/cli.py` has their options."""

import contextlib
import difflib
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from grading.files import write_atomically
from grading.learning.gaps import lines_of, split_lines
from grading.learning.messages import exercise_lines, finished_line, next_lines, step_line
from grading.learning.workspace import BACKUPS, Record, State, Workspace, like, read_source, replace_record, source_of
from grading.manifest import SOLUTION_HINTS, Exercise, Step


class CommandError(Exception):
    """A command that cannot be carried out; the text says what to do instead."""


def find_exercise(workspace: Workspace, number: str) -> Exercise:
    """The exercise of a number such as 3.2.

    Raises:
        CommandError: there is none; the text names those of its step.
    """
    try:
        return workspace.course.exercise(number)
    except KeyError as error:
        raise CommandError(error.args[0]) from None


def find_step(workspace: Workspace, name: str) -> Step:
    """The step of a name such as 3 or step3.

    Raises:
        CommandError: there is none; the text names those that there are.
    """
    try:
        return workspace.course.find_step(name)
    except KeyError as error:
        raise CommandError(error.args[0]) from None


def print_next(workspace: Workspace, what: str | None = None) -> int:
    """What to do next, in the course or in a step; or where to go for an exercise."""
    exercises = chosen_exercises(workspace, what)
    step = None if what is None else workspace.step(exercises[0])
    chosen = exercises[0] if what is not None and "." in what else workspace.next(step)
    if chosen is None and step is not None:
        print(finished_line(step))
    print("\n".join(next_lines(workspace, chosen or workspace.next())))
    return 0


def print_list(workspace: Workspace, what: str | None = None) -> int:
    """The exercises of the course or of a step, and where they stand."""
    wanted = {workspace.step(exercise).number for exercise in chosen_exercises(workspace, what)}
    for step in workspace.course.steps:
        if step.number in wanted:
            print("\n".join(exercise_lines(workspace, step, getattr(sys.stdout, "encoding", None) or "utf-8")), end="\n\n")
    return print_next(workspace, what)


def print_status(workspace: Workspace) -> int:
    """One line per step."""
    print("\n".join(step_line(workspace, step) for step in workspace.course.steps), end="\n\n")
    return print_next(workspace)


def chosen_exercises(workspace: Workspace, what: str | None) -> list[Exercise]:
    """The exercises of a step (`3`, `step3`), a single one (`3.2`), or all.

    Raises:
        CommandError: there is no such step or exercise.
    """
    if what is None:
        return list(workspace.course.exercises())
    if "." in what:
        return [find_exercise(workspace, what)]
    try:
        return list(find_step(workspace, what).exercises)
    except CommandError as error:
        raise CommandError(f"{error}, or an exercise such as {next(workspace.course.exercises()).id}") from None


def check(workspace: Workspace, what: str | None, options: Sequence[str] = ()) -> int:
    """Run pytest, and nothing else: so its verdicts are those of a plain `pytest`."""
    exercises = chosen_exercises(workspace, what)
    folders = sorted({str(workspace.path(exercise).parent) for exercise in exercises})
    single = ["--exercise", exercises[0].id] if len(exercises) == 1 else []
    configured = [f"--config-file={path}"] if (path := workspace.root / "pyproject.toml").is_file() else []
    command = [sys.executable, "-m", "pytest", *folders, *single, f"--rootdir={workspace.root}", *configured, *options]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:  # pytest got it too, and has told of it
        return 130


def hint(workspace: Workspace, number: str | None) -> int:
    """The hints that were shown before, and one more; without a number, for what is next."""
    exercise = workspace.next() if number is None else find_exercise(workspace, number)
    if exercise is None:
        print("all exercises that count pass; for an optional one, give its number: workshop list")
        return 0
    record = workspace.records().get(exercise.id, Record())
    shown = min(record.hints + 1, SOLUTION_HINTS)
    print(f"{exercise.id} {exercise.name}: {exercise.goal}\n")
    for place, text in enumerate(exercise.hints[:shown], start=1):
        print(f"{textwrap.fill(f'hint {place} of {SOLUTION_HINTS}: {text}', 80, break_long_words=False)}\n")
    if shown < SOLUTION_HINTS:
        print(f"workshop hint {exercise.id}   one more hint")
    elif _solution_path(workspace, exercise).is_file():
        print(f"workshop solution {exercise.id}   the solution")
    if shown != record.hints:
        workspace.remember({exercise.id: replace_record(record, hints=shown)})
    return 0


def _solution_path(workspace: Workspace, exercise: Exercise) -> Path:
    return workspace.root / "solutions" / workspace.step(exercise).folder / f"{exercise.module}.py"


def solution(workspace: Workspace, number: str, *, anyway: bool = False) -> int:
    """The solution, beside one's own answer: after a pass, after all hints, or anyway.

    Raises:
        CommandError: it is not time yet, or this folder came without solutions.
    """
    exercise = find_exercise(workspace, number)
    path = _solution_path(workspace, exercise)
    if not path.is_file():
        raise CommandError("this folder came without solutions: ask whoever gave it to you")
    hints = workspace.records().get(exercise.id, Record()).hints
    if not anyway and workspace.state(exercise) is not State.PASSING and hints < SOLUTION_HINTS:
        raise CommandError(
            f"{number} does not pass yet, and {SOLUTION_HINTS - hints} of its hints are left: workshop hint {number} "
            f"(or, if you want it now: workshop solution {number} --anyway)"
        )
    text, own = read_source(path), workspace.text(exercise)
    for function in workspace.functions(exercise):
        right, mine = lines_of(text, function), _own_lines(own, function)
        if right is not None:
            print("".join(_beside(mine, right.of(text), f"your {function}", f"the solution's {function}")))
    return 0


def _own_lines(text: str, function: str) -> str:
    """An intern's function; empty where it cannot be found."""
    try:
        lines = lines_of(text, function)
    except SyntaxError:
        return ""
    return "" if lines is None else lines.of(text)


def _beside(mine: str, right: str, my_name: str, right_name: str) -> list[str]:
    """The difference to one's own answer, or the solution as it is where there is none to compare with."""
    if mine in ("", right):
        return [right]
    lines = difflib.unified_diff(split_lines(mine), split_lines(right), my_name, right_name, n=50)
    return list(lines)


def reset(workspace: Workspace, number: str) -> int:
    """Put an exercise's functions back as they were handed out; the rest of the file stays, and a copy of all of it is kept.

    Raises:
        CommandError: the file cannot be read by Python, or lacks the function: then the whole file would have to be reset.
    """
    path, exercise = _place(workspace, number)
    stub = workspace.pristine(exercise)
    data = path.read_bytes() if path.is_file() else b""
    text = source_of(data)
    new = stub if "/" in number else _with_functions_of(workspace, exercise, text, stub)
    if new == text:
        print(f"{number} is as it was handed out; nothing was changed")
        return 0
    if not path.is_file():
        write_atomically(path, like(data, new))
        print(f"{number} is as it was handed out")
        return 0
    folder = workspace.backup(path, reason=_reason(number))
    write_atomically(path, like(data, new))
    print(f"{number} is as it was handed out; your version lies in {workspace.shown(folder)}")
    print(f"to take it back: workshop reset {number} --restore")
    return 0


def restore(workspace: Workspace, number: str) -> int:
    """Take back what the last reset of this exercise, or of this file, put aside; the rest of the file stays as it is now.

    Raises:
        CommandError: it was not reset, or has been taken back already.
    """
    path, exercise = _place(workspace, number)
    name = path.relative_to(workspace.root).as_posix()
    copies = sorted((workspace.root / BACKUPS).glob(f"*-{_reason(number)}*/{name}"))
    if not copies:
        raise CommandError(f"there is nothing to take back: {number} was not reset, or you have it back already")
    kept, now = copies[-1].read_bytes(), path.read_bytes()
    workspace.backup(path, reason="restore")
    if "/" not in number:
        kept = like(now, _with_functions_of(workspace, exercise, source_of(now), source_of(kept)))
    write_atomically(path, kept)
    taken = copies[-1].parents[len(Path(name).parts) - 1]
    taken.rename(taken.with_name(taken.name.replace("-reset-", "-taken-back-")))
    print(f"{number} is your version again")
    return 0


def _reason(number: str) -> str:
    return f"reset-{_short(number).replace('/', '-')}"


def _short(file: str) -> str:
    """`step3/models` for `exercises/step3/models.py`, as a shell completes it."""
    return file.removeprefix("exercises/").removesuffix(".py")


def _place(workspace: Workspace, number: str) -> tuple[Path, Exercise]:
    """The file of an exercise (`3.2`), or a file by its name (`step3/models`) and an exercise in it."""
    with contextlib.suppress(KeyError):
        step = workspace.course.find_step(number)
        commands = ", ".join(f"workshop reset {step.folder}/{module}" for module in step.modules)
        raise CommandError(f"a step is reset file by file: {commands}")
    if "/" not in number:
        exercise = find_exercise(workspace, number)
        return workspace.path(exercise), exercise
    for exercise in workspace.course.exercises():
        path = workspace.path(exercise)
        if _short(number) == f"{path.parent.name}/{path.stem}":
            return path, exercise
    raise CommandError(f"there is no file {number!r} to reset; give an exercise such as 3.2, or a file such as step3/models")


def _with_functions_of(workspace: Workspace, exercise: Exercise, text: str, other: str) -> str:
    """A file's text with an exercise's functions from another version of it.

    Raises:
        CommandError: Python cannot read one of them, or it lacks a function.
    """
    path = workspace.path(exercise)
    whole = f"workshop reset {path.parent.name}/{path.stem}"
    for function in workspace.functions(exercise):
        try:
            mine, right = lines_of(text, function), lines_of(other, function)
        except SyntaxError as error:
            problem = f"Python cannot read {workspace.shown(path)} (line {error.lineno}: {error.msg})"
            raise CommandError(f"{problem}; reset the whole file: {whole}") from None
        if mine is None or right is None:
            raise CommandError(f"{workspace.shown(path)} has no {function} any more; reset the whole file: {whole}")
        text = mine.replaced(text, right.of(other))
    return text
