"""What students handed in to nbgrader, judged: results in the course's `judged/`, found again by what was handed in."""

import dataclasses
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path

from grading.judging.intake import RejectedError, Submission, find_submissions, take_in
from grading.judging.judge import Batch, Finish, Slots, private_tests
from grading.judging.keys import KEY_FILE, make_key
from grading.judging.probes import why_not
from grading.judging.results import StepResult, failed_judge
from grading.manifest import Step

JUDGED = "judged"
"""Folder of the results, in nbgrader's course root."""


class NoSandboxError(Exception):
    """Something is to be judged, and no box can be made on this machine; the text says why."""


def taken_in(step: Step, folder: Path, student: str) -> Submission | RejectedError:
    """The answers in a student's folder, or why there are none."""
    try:
        return take_in(folder, [f"{module}.py" for module in step.modules], folder=step.folder, name=student)
    except RejectedError as error:
        return error


def batch_of(step: Step, root: Path, jobs: int = 1, hidden: Path | None = None) -> Batch:
    """What judges a step in nbgrader's course root; `hidden` has the instructor's own tests, though not for every step.

    Raises:
        OSError: the course's key cannot be read, or written.
        ValueError: there is no key in its file; `hidden` is no folder, or its tests for this step are none.
    """
    if hidden is not None and hidden.is_dir() and not (hidden / step.folder).is_dir():
        hidden = None
    if hidden is not None:
        private_tests(step, hidden)
    return Batch(step=step, out=root / JUDGED, jobs=jobs, key=make_key(root / KEY_FILE.name), hidden=hidden)


def without_result(batch: Batch, folders: Mapping[str, Path]) -> list[str]:
    """Students whose present files the present tests have not judged."""
    submissions = {student: taken_in(batch.step, folder, student) for student, folder in folders.items()}
    return [student for student, each in submissions.items() if isinstance(each, Submission) and not batch.is_done(each)]


def judge(batch: Batch, folders: Mapping[str, Path], *, say: Callable[[str], object]) -> Generator[StepResult]:
    """Results of students with their folders (`submitted/ann`), each as soon as it is there; others are judged in the meantime.

    What this course has judged is only read. Who closes this generator before its end stops the judging.

    Raises:
        NoSandboxError: something is to be judged, and there is no box to do it in.
        OSError, ValueError: as `Batch.judge`; what was judged before comes first.
    """
    step = batch.step
    wanted = [f"{module}.py" for module in step.modules]
    there = {
        student: folder
        for student, folder in folders.items()
        if find_submissions(folder, wanted, folder=step.folder) == [(student, folder)]
    }
    if waiting := without_result(batch, there):
        if (fault := why_not(batch.mode)) is not None:
            raise NoSandboxError(f"no sandbox can be made: {fault}")
        say(f"{len(waiting)} to judge, {batch.jobs} at a time; {len(there) - len(waiting)} have their results")
    for student in (student for student in folders if student not in there):
        reason = f"a folder named {student!r} cannot be that of a student here; rename it, and grade again"
        yield failed_judge(student, step.folder, "", reason, step.points)
    with _InTheBackground(batch, [*there.values()]) as results:
        yield from results


class _InTheBackground:
    """A batch that judges in a thread of its own, until the end of this context. Iterable: results as they come."""

    def __init__(self, batch: Batch, paths: Sequence[Path]) -> None:
        self._batch = dataclasses.replace(batch, judges=self._judge)
        self._paths = paths
        self._results: queue.SimpleQueue[StepResult | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run)
        self._slots: Slots | None = None
        self._over = False
        self._error: Exception | None = None

    def _run(self) -> None:
        try:
            self._batch.judge(self._paths, self._results.put)
        except Exception as error:  # for whoever iterates: a thread would only print it
            self._error = error
        finally:
            self._results.put(None)

    def _judge(self, batch: Batch, submissions: Sequence[Submission], finish: Finish) -> None:
        """As the batch itself would, but so that it can be stopped."""
        self._slots = Slots(batch, submissions, finish)
        if not self._over:
            self._slots.work()

    def __enter__(self) -> Iterator[StepResult]:
        self._thread.start()
        return iter(self)

    def __iter__(self) -> Iterator[StepResult]:
        while (result := self._results.get()) is not None:
            yield result
        if self._error is not None:
            raise self._error

    def __exit__(self, *_error: object) -> None:
        self._over = True
        if self._slots is not None:
            self._slots.stop()
        self._thread.join()
