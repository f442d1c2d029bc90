"""An intern's folder: the exercises as they are now, as they were handed out, and what is known about each.

What was found out by tests stands in `.workshop/progress.toml`, one line per exercise, so that two of them can be merged by hand
or by git. It is never needed: without it, an exercise is either open or not tested yet.
"""

import codecs
import contextlib
import os
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from grading.learning.gaps import digest_of, functions_with_gap, lines_of, open_gaps
from grading.manifest import Course, Exercise, Step, load_course

STATE_FOLDER = ".workshop"
PROGRESS = f"{STATE_FOLDER}/progress.toml"
PRISTINE = f"{STATE_FOLDER}/pristine"
"""The stubs as they were handed out; in the repository itself they are made from the reference instead."""

BACKUPS = f"{STATE_FOLDER}/backups"


def read_source(path: Path) -> str:
    """A file as Python reads it, whatever its line ends, without a byte order mark.

    Bytes that are not UTF-8 come as lone surrogates, which `gaps.parsed` refuses and `like` keeps.

    Raises:
        OSError: it cannot be opened.
    """
    return source_of(path.read_bytes())


def source_of(data: bytes) -> str:
    """The text of a file's bytes, as `read_source`."""
    return data.decode("utf-8-sig", errors="surrogateescape").replace("\r\n", "\n").replace("\r", "\n")


def like(data: bytes, text: str) -> bytes:
    """A file's new bytes for a text that was read from `data` and changed, with the line ends and the mark that it had."""
    if data.count(b"\r\n") * 2 > data.count(b"\n"):
        text = text.replace("\n", "\r\n")
    return (codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b"") + text.encode("utf-8", errors="surrogateescape")


class State(StrEnum):
    """Where an exercise stands."""

    TODO = "to do"
    CHANGED = "not tested yet"
    FAILING = "failing"
    UNTRAINED = "accuracy not tested yet"
    PASSING = "passing"
    UNREADABLE = "cannot be read"


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known about an exercise."""

    state: str = ""
    """`passing` or `failing`, when it was last tested."""
    code: str = ""
    """Digest of the functions that were tested."""
    passed: int = 0
    tests: int = 0
    hints: int = 0
    """Hints that have been shown."""


@dataclass(frozen=True)
class Workspace:
    """A repository or handout with exercises in it."""

    root: Path
    course: Course

    @classmethod
    def find(cls, start: Path | None = None) -> "Workspace":
        """The workspace around a folder (the current one), else the one that this program was installed from.

        Raises:
            FileNotFoundError: neither has exercises.
            ManifestError: its list of exercises cannot be understood.
        """
        start = Path.cwd() if start is None else start
        own = Path(__file__).parents[2]
        for root in (start, *start.parents, own):
            if (root / "exercises").is_dir() and (root / "grading" / "steps.toml").is_file():
                return cls(root, load_course(root / "grading" / "steps.toml"))
        raise FileNotFoundError(f"there are no exercises in {start} nor above it; change into the folder of the workshop")

    def path(self, exercise: Exercise) -> Path:
        """The intern's file for an exercise."""
        return self.root / "exercises" / self.step(exercise).folder / f"{exercise.module}.py"

    def step(self, exercise: Exercise) -> Step:
        """The step of an exercise."""
        return self.course.step(int(exercise.id.partition(".")[0]))

    def shown(self, path: Path) -> str:
        """A path as one would type it here."""
        try:
            return os.path.relpath(path)
        except ValueError:  # another drive
            return str(path)

    def text(self, exercise: Exercise) -> str:
        """The intern's file; empty if it is not there."""
        try:
            return read_source(self.path(exercise))
        except OSError:
            return ""

    def pristine(self, exercise: Exercise) -> str:
        """The file as it was handed out.

        Raises:
            FileNotFoundError: neither a copy of it nor the reference is there.
        """
        kept = self.root / PRISTINE / self.step(exercise).folder / f"{exercise.module}.py"
        if kept.is_file():
            return read_source(kept)
        reference = self.root / "handwriting_workshop" / f"{exercise.module}.py"
        if not reference.is_file():
            raise FileNotFoundError(f"{kept} is missing: take it from the handout again, or run workshop update")
        from grading.authoring.stubs import make_stub

        return make_stub(reference.read_text(encoding="utf-8"), {each.id: each.goal for each in self.course.exercises()})

    def functions(self, exercise: Exercise) -> list[str]:
        """The functions that hold the exercise's gaps."""
        return functions_with_gap(self.pristine(exercise), exercise.id)

    def line(self, exercise: Exercise) -> int:
        """Where to go in the intern's file: to the open gap, or to the function that had it."""
        text = self.text(exercise)
        gaps = open_gaps(text)
        if exercise.id in gaps:
            return gaps[exercise.id]
        try:
            found = [lines for function in self.functions(exercise) if (lines := lines_of(text, function)) is not None]
        except SyntaxError as error:
            return error.lineno or 1
        return found[0].first if found else 1

    def exercise_at(self, path: Path, line: int) -> Exercise | None:
        """The exercise whose function a line of an intern's file is in; None if it is in none, or the file cannot be read."""
        for exercise in self.course.exercises():
            if self.path(exercise).resolve() == path.resolve():
                with contextlib.suppress(SyntaxError, FileNotFoundError):
                    for function in self.functions(exercise):
                        lines = lines_of(self.text(exercise), function)
                        if lines is not None and lines.first <= line <= lines.last:
                            return exercise
        return None

    def state(self, exercise: Exercise, records: Mapping[str, Record] | None = None) -> State:
        """Where an exercise stands, by its text and by the tests that were run on this very text."""
        text = self.text(exercise)
        if exercise.id in open_gaps(text):
            return State.TODO
        digest = digest_of(text, self.functions(exercise))
        if digest is None:
            return State.UNREADABLE
        record = (self.records() if records is None else records).get(exercise.id, Record())
        return State(record.state) if record.state and record.code == digest else State.CHANGED

    def states(self, step: Step | None = None) -> Iterator[tuple[Exercise, State]]:
        """All exercises of a step, or of the course, with their states."""
        records = self.records()
        for exercise in self.course.exercises() if step is None else step.exercises:
            yield exercise, self.state(exercise, records)

    def next(self, step: Step | None = None) -> Exercise | None:
        """What to go on with: what fails, what was not tested, then the first gap in a step that was begun; None if all pass."""
        states = [(each, state) for each, state in self.states(step) if not each.optional and state is not State.PASSING]
        begun = {each.id.partition(".")[0] for each, state in self.states(step) if state is not State.TODO}
        urgency = {State.FAILING: 0, State.UNREADABLE: 0, State.CHANGED: 1, State.UNTRAINED: 1}
        ranked = [(urgency.get(state, 2 if each.id.partition(".")[0] in begun else 3), each) for each, state in states]
        return min(ranked, key=lambda pair: pair[0])[1] if ranked else None

    # --- What is remembered ---------------------------------------------------------------------------------------------------

    def records(self) -> dict[str, Record]:
        """What is known about each exercise; nothing where the file is missing or damaged."""
        try:
            table = tomllib.loads((self.root / PROGRESS).read_text(encoding="utf-8"))
            return msgspec.convert(table, dict[str, Record])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError):
            return {}

    def remember(self, changes: Mapping[str, Record]) -> None:
        """Write down what was found out; all of it or nothing."""
        records = self.records() | dict(changes)
        order = {exercise.id: place for place, exercise in enumerate(self.course.exercises())}
        lines = ["# What `pytest` and `workshop` found out about each exercise. Nothing breaks if you delete it.\n"]
        for number in sorted(records, key=lambda number: order.get(number, len(order))):
            values = msgspec.to_builtins(records[number])
            lines.append(f'"{number}" = {{ {", ".join(f"{key} = {_toml(value)}" for key, value in values.items())} }}\n')
        path = self.root / PROGRESS
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            temporary.write_text("".join(lines), encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def record_tests(self, exercise: Exercise, passed: int, tests: int, *, trained: bool = True) -> None:
        """Remember what the tests of an exercise said about the text as it is now; `trained`: those that train a model, too."""
        digest = digest_of(self.text(exercise), self.functions(exercise))
        if digest is None:
            return
        before = self.records().get(exercise.id, Record())
        if not trained and passed == tests and before.state == State.PASSING and before.code == digest:
            return  # it has passed all of them already
        state = State.FAILING if passed < tests else State.PASSING if trained else State.UNTRAINED
        self.remember({exercise.id: replace_record(before, state=state.value, code=digest, passed=passed, tests=tests)})

    def backup(self, *paths: Path, reason: str) -> Path:
        """Copy files aside, under their own names; the folder that holds the copies, named by time and reason."""
        stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{reason}"
        folder = self.root / BACKUPS / stamp
        count = 1
        while folder.exists():
            count += 1
            folder = self.root / BACKUPS / f"{stamp}-{count}"
        for path in paths:
            copy = folder / path.relative_to(self.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        return folder


def replace_record(record: Record, **changes: object) -> Record:
    """A record with other values."""
    return msgspec.structs.replace(record, **changes)


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
