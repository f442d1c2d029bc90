"""The commands of the intern's loop, each a function that prints and gives an exit status; `grading/cli.py` has their options."""

import difflib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grading.learning.gaps import lines_of
from grading.learning.messages import exercise_lines, next_lines, step_line
from grading.learning.workspace import BACKUPS, Record, State, Workspace, replace_record
from grading.manifest import SOLUTION_HINTS, Exercise


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


def print_next(workspace: Workspace) -> int:
    """What to do next."""
    print("\n".join(next_lines(workspace, workspace.next())))
    return 0


def print_list(workspace: Workspace) -> int:
    """All exercises and where they stand."""
    for step in workspace.course.steps:
        print("\n".join(exercise_lines(workspace, step, sys.stdout.encoding)), end="\n\n")
    return print_next(workspace)


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
    number = what.removeprefix("step")
    if "." in number:
        return [find_exercise(workspace, number)]
    try:
        return list(workspace.course.step(int(number)).exercises)
    except (KeyError, ValueError):
        steps = ", ".join(str(step.number) for step in workspace.course.steps)
        raise CommandError(f"there is no step {what!r}; choose one of {steps}, or an exercise such as 3.2") from None


def check(workspace: Workspace, what: str | None, options: Sequence[str] = ()) -> int:
    """Run pytest, and nothing else: so its verdicts are those of a plain `pytest`."""
    exercises = chosen_exercises(workspace, what)
    folders = sorted({str(workspace.path(exercise).parent) for exercise in exercises})
    single = ["--exercise", exercises[0].id] if len(exercises) == 1 else []
    command = [sys.executable, "-m", "pytest", *folders, *single, f"--rootdir={workspace.root}", *options]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:  # pytest got it too, and has told of it
        return 130


def hint(workspace: Workspace, number: str) -> int:
    """The hints that were shown before, and one more."""
    exercise = find_exercise(workspace, number)
    record = workspace.records().get(exercise.id, Record())
    shown = min(record.hints + 1, SOLUTION_HINTS)
    print(f"{exercise.id} {exercise.name}: {exercise.goal}\n")
    for place, text in enumerate(exercise.hints[:shown], start=1):
        print(f"hint {place} of {SOLUTION_HINTS}: {text}\n")
    more = f"workshop hint {number}   one more hint" if shown < SOLUTION_HINTS else f"workshop solution {number}   the solution"
    print(more)
    if shown != record.hints:
        workspace.remember({exercise.id: replace_record(record, hints=shown)})
    return 0


def solution(workspace: Workspace, number: str, *, anyway: bool = False) -> int:
    """The solution, beside one's own answer: after a pass, after all hints, or anyway.

    Raises:
        CommandError: it is not time yet, or this folder came without solutions.
    """
    exercise = find_exercise(workspace, number)
    path = workspace.root / "solutions" / workspace.step(exercise).folder / f"{exercise.module}.py"
    if not path.is_file():
        raise CommandError(f"this folder came without solutions: ask whoever gave it to you. Its hints: workshop hint {number}")
    hints = workspace.records().get(exercise.id, Record()).hints
    if not anyway and workspace.state(exercise) is not State.PASSING and hints < SOLUTION_HINTS:
        raise CommandError(
            f"{number} does not pass yet, and {SOLUTION_HINTS - hints} of its hints are left: workshop hint {number} "
            f"(or, if you want it now: workshop solution {number} --anyway)"
        )
    text, own = path.read_text(encoding="utf-8"), workspace.text(exercise)
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
    lines = difflib.unified_diff(mine.splitlines(keepends=True), right.splitlines(keepends=True), my_name, right_name, n=50)
    return list(lines)


def reset(workspace: Workspace, number: str) -> int:
    """Put an exercise's functions back as they were handed out; the rest of the file stays, and a copy of all of it is kept.

    Raises:
        CommandError: the file cannot be read by Python, or lacks the function: then the whole file would have to be reset.
    """
    path, new, what = _reset_text(workspace, number)
    if new == path.read_text(encoding="utf-8"):
        print(f"{what} is as it was handed out; nothing was changed")
        return 0
    folder = workspace.backup(path)
    _write(path, new)
    print(f"{what} is as it was handed out; your version lies in {workspace.shown(folder)}")
    print(f"to take it back: workshop reset {number} --restore")
    return 0


def _reset_text(workspace: Workspace, number: str) -> tuple[Path, str, str]:
    """(file, its new text, what is reset) for an exercise, or for a whole file (`step3/models`)."""
    if "/" in number:
        for exercise in workspace.course.exercises():
            path = workspace.path(exercise)
            if number.removesuffix(".py") == f"{path.parent.name}/{path.stem}":
                return path, workspace.pristine(exercise), workspace.shown(path)
        raise CommandError(f"there is no file {number!r} to reset; give an exercise such as 3.2, or a file such as step3/models")
    exercise = find_exercise(workspace, number)
    path, text, stub = workspace.path(exercise), workspace.text(exercise), workspace.pristine(exercise)
    for function in workspace.functions(exercise):
        right = lines_of(stub, function)
        try:
            mine = lines_of(text, function)
        except SyntaxError as error:
            problem = f"Python cannot read {workspace.shown(path)} (line {error.lineno}: {error.msg})"
            raise CommandError(f"{problem}; reset the whole file: workshop reset {path.parent.name}/{path.stem}") from None
        if mine is None or right is None:
            whole = f"workshop reset {path.parent.name}/{path.stem}"
            raise CommandError(f"{workspace.shown(path)} has no {function} any more; reset the whole file: {whole}")
        text = mine.replaced(text, right.of(stub))
    return path, text, exercise.id


def restore(workspace: Workspace, number: str) -> int:
    """Take the newest copy of a file back; what is there now is kept as a copy, too.

    Raises:
        CommandError: there is no copy of it.
    """
    path, _, _ = _reset_text(workspace, number) if "/" in number else (workspace.path(find_exercise(workspace, number)), "", "")
    copies = sorted((workspace.root / BACKUPS).glob(f"*/{path.relative_to(workspace.root).as_posix()}"))
    if not copies:
        raise CommandError(f"there is no copy of {workspace.shown(path)} in {BACKUPS}")
    folder = workspace.backup(path)
    shutil.copyfile(copies[-1], path)
    print(f"{workspace.shown(path)} is as it was before; what it was just now lies in {workspace.shown(folder)}")
    return 0


def _write(path: Path, text: str) -> None:
    """Replace a file in one step."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
