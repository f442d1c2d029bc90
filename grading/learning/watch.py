"""`workshop watch`: save a file, and see what its tests say, within about a second.

Python needs seconds to import PyTorch, so a process that has done it waits for the next save (`grading/runtime/spare.py`). It
runs pytest once and ends; whatever an intern's code does to it, the next one starts afresh, and this process runs none of it.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from grading.learning.gaps import digest_of, open_gaps
from grading.learning.messages import next_lines
from grading.learning.workspace import Workspace
from grading.manifest import Exercise

PAUSE = 0.02
"""Seconds between two looks at the files."""

ALONE = 2.0
"""Seconds that tests have all processors for themselves, before the next process gets ready."""


class Spare:
    """A process that waits to run pytest once.

    It has a session of its own (not on Windows): Ctrl-C in a terminal comes to us alone, and we end it.
    """

    def __init__(self, workspace: Workspace) -> None:
        command = [sys.executable, "-m", "grading.runtime.spare", str(workspace.root / "exercises")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=workspace.root, text=True, start_new_session=True)

    def start(self, arguments: list[str]) -> None:
        """Let it run; a process that has ended already is noticed by whoever waits for it."""
        with contextlib.suppress(OSError):
            stdin = self.process.stdin
            if stdin is not None:
                stdin.write(json.dumps(arguments) + "\n")
                stdin.close()

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


def stamps(workspace: Workspace) -> dict[Path, tuple[int, int]]:
    """Time and size of each file with exercises in it; looked at again and again, which works on every file system."""
    found = {}
    for path in {workspace.path(exercise) for exercise in workspace.course.exercises()}:
        with contextlib.suppress(OSError):
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


class Watch:
    """The loop of `workshop watch`, for all exercises, or for those of one step or one exercise."""

    def __init__(self, workspace: Workspace, chosen: list[Exercise]) -> None:
        self.workspace = workspace
        self.chosen = chosen
        self.before = stamps(workspace)
        self.code = {exercise.id: self.digest(exercise) for exercise in chosen}

    def digest(self, exercise: Exercise) -> str | None:
        """A short name for the code of an exercise."""
        return digest_of(self.workspace.text(exercise), self.workspace.functions(exercise))

    def to_test(self, saved: set[Path]) -> list[Exercise]:
        """The exercises whose code was changed by a save; where none was, or Python cannot read it, the one that is next."""
        there = [exercise for exercise in self.chosen if self.workspace.path(exercise) in saved]
        now = {exercise.id: self.digest(exercise) for exercise in there}
        changed = [exercise for exercise in there if now[exercise.id] != self.code[exercise.id] and now[exercise.id] is not None]
        self.code |= {number: code for number, code in now.items() if code is not None}
        if changed:
            return changed
        return [exercise for exercise in there if exercise.id in open_gaps(self.workspace.text(exercise))][:1] or there[:1]

    def saves(self) -> Iterator[set[Path]]:
        """The files that were saved, whenever any was; an empty set where nothing has happened.

        Many editors empty a file before they write it, so one is saved when two looks find it the same.
        """
        seen = self.before
        while True:
            time.sleep(PAUSE)
            earlier, seen = seen, stamps(self.workspace)
            settled = {path: stamp for path, stamp in seen.items() if earlier.get(path) == stamp}
            yield {path for path, stamp in settled.items() if self.before.get(path) != stamp}
            self.before |= settled

    def run(self) -> int:
        """Test what is saved until Ctrl-C; the exit status."""
        steps = {self.workspace.step(exercise).number for exercise in self.chosen}
        step = self.workspace.course.step(*steps) if len(steps) == 1 else None
        spare: Spare | None = None
        running: Spare | None = None
        started = 0.0
        unfinished: list[Exercise] = []
        try:
            spare = Spare(self.workspace)
            print("\n".join(next_lines(self.workspace, self.workspace.next(step))))
            print("\nwatching: save a file to test it, Ctrl-C to stop", flush=True)
            for saved in self.saves():
                exercises = self.to_test(saved)
                if exercises:
                    if running is not None:
                        running.stop()
                        print("\nsaved again: starting over", flush=True)
                        exercises = list({each.id: each for each in (*unfinished, *exercises)}.values())
                    unfinished = exercises
                    if spare is None or spare.process.poll() is not None:
                        spare = Spare(self.workspace)
                    running, spare, started = spare, None, time.monotonic()
                    running.start(self.arguments(exercises))
                elif running is not None and running.process.poll() is not None:
                    print(self.told(running.process.returncode), flush=True)
                    running = None
                if spare is None and (running is None or time.monotonic() - started > ALONE):
                    spare = Spare(self.workspace)
        except KeyboardInterrupt:
            print("\nstopped watching")
        finally:
            for process in (spare, running):
                if process is not None:
                    process.stop()
        return 0

    def arguments(self, exercises: list[Exercise]) -> list[str]:
        """What to tell pytest."""
        folders = sorted({str(self.workspace.path(exercise).parent) for exercise in exercises})
        chosen = [argument for exercise in exercises for argument in ("--exercise", exercise.id)]
        quietly = ["-q", "--no-header", "-x"]  # one failure at a time
        quickly = ["--disable-plugin-autoload", "-p", "pytest_timeout", "-p", "no:cacheprovider", "-p", "no:logging"]
        return [*folders, *chosen, f"--rootdir={self.workspace.root}", *quietly, *quickly]

    def told(self, status: int) -> str:
        """A line after the tests: how they ended, where that says more than they do."""
        if status < 0 or status > 5:
            return f"\nthe tests broke off (exit status {status}): did your code end Python itself? Watching on"
        return "\nwatching: save a file to test it, Ctrl-C to stop"
