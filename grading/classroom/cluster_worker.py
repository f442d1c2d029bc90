"""What a worker of a Dask cluster does: it judges a submission that comes as text, and answers with text.

It keeps its graders between tasks, so that torch is imported once. The course's key does not travel: a worker reads it from a
file, at the same path as on the machine that asked.
"""

import contextlib
import functools
import hashlib
import platform
import threading
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from grading.judging.intake import Submission
from grading.judging.judge import ROOT, Grader, course_digest
from grading.judging.keys import read_key
from grading.judging.probes import why_not
from grading.judging.results import Durations, StepResult
from grading.judging.sandbox import Mode
from grading.manifest import load_course

PACKAGES = ("torch", "torchvision", "timm")
"""Whose versions may change a result."""

CODE = ("grading/**/*.py", "grading/*.toml", "grading/*.json", "handwriting_workshop/**/*.py", "handwriting_workshop/data/*")
"""Files that may change a result, beside the suites, which `course_digest` knows."""

cached_why_not = functools.cache(why_not)


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to judge."""

    step: int
    mode: Mode
    key_file: str = ""
    """Where the course's key lies; empty: in the repository, if it is there."""
    hidden: str = ""
    """The folder of the instructor's own tests; empty: there are none."""

    def key(self) -> str:
        """The course's key.

        Raises:
            OSError: it cannot be read.
            ValueError: there is nothing in the file.
        """
        return read_key(Path(self.key_file) if self.key_file else None)

    def private(self) -> Path | None:
        """The folder of the instructor's own tests."""
        return Path(self.hidden) if self.hidden else None


class Machine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that two machines must have in common to give the same results, in digests."""

    course: str
    """Empty if the course's key or the private tests cannot be read."""
    code: str
    versions: dict[str, str]


class Job(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A submission to judge."""

    order: Order
    asking: Machine
    """The machine that asks: another one would give other results, and refuses."""
    submission: Submission


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A result, or why there is none."""

    worker: str
    refused: str = ""
    result: StepResult | None = None
    durations: Durations | None = None


def this_machine(order: Order) -> Machine:
    """What this machine would judge with; read anew each time, for a worker lives longer than a commit."""
    code = hashlib.sha256()
    for path in sorted({path for pattern in CODE for path in ROOT.glob(pattern) if path.is_file()}):
        code.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    course = ""
    with contextlib.suppress(OSError, ValueError):
        course = course_digest(load_course().step(order.step), order.key(), order.private())
    versions = {"python": platform.python_version()} | {package: _version(package) for package in PACKAGES}
    return Machine(course=course, code=code.hexdigest()[:16], versions=versions)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def why_unfit(order: Order, asking: Machine) -> str:
    """Why this machine would give other results than the one that asks, or none, and what to do; empty if it would not."""
    mine = this_machine(order)
    if mine.code != asking.code:
        return f"has other files (code {mine.code}, not {asking.code}): check out the same commit there, unchanged"
    for name, wanted in asking.versions.items():
        if (has := mine.versions.get(name, "missing")) != wanted:
            return f"has {name} {has}, not {wanted}: install the same version there"
    if not mine.course:
        files = " and ".join(filter(None, (order.key_file, order.hidden)))
        return f"cannot read what lies outside of the repository: put {files} there, too, at the same path"
    if mine.course != asking.course:
        return f"has another course ({mine.course}, not {asking.course}): bring it the same key file and private tests"
    reason = cached_why_not(order.mode)
    return f"can make no box: {reason}" if reason is not None else ""


class Graders:
    """The graders of this process, as many as it has threads at work; those that nobody uses now are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[tuple[str, str, str], Grader]] = []
        self._closed = 0

    @contextlib.contextmanager
    def one(self, order: Order) -> Iterator[Grader]:
        """A grader for the time of one submission."""
        settings = order.mode, order.key(), order.hidden
        with self._lock:
            closed = self._closed
            others = [grader for each, grader in self._idle if each != settings]
            fitting = [grader for each, grader in self._idle if each == settings]
            grader = fitting.pop() if fitting else Grader(0, order.mode, order.key(), hidden=order.private())
            self._idle = [(settings, each) for each in fitting]
        for other in others:
            other.stop()
        try:
            yield grader
        finally:
            with self._lock:
                keep = closed == self._closed
                if keep:
                    self._idle.append((settings, grader))
            if not keep:
                grader.stop()

    def close(self) -> None:
        """End those that are idle now, and the others when they have done what they do."""
        with self._lock:
            self._closed += 1
            idle, self._idle = self._idle, []
        for _, grader in idle:
            grader.stop()


GRADERS = Graders()


def close_graders() -> None:
    """Give the memory back."""
    GRADERS.close()


def check_worker(text: str) -> str:
    """Why this worker is unfit for what comes as JSON (a Job's order and asking); empty if it is fit."""
    order, asking = msgspec.json.decode(text, type=tuple[Order, Machine])
    return why_unfit(order, asking)


def judge_text(text: str) -> str:
    """Judge a `Job` in JSON; a `Reply` in JSON."""
    from distributed import get_worker

    worker = get_worker().address
    job = msgspec.json.decode(text, type=Job)
    if refused := why_unfit(job.order, job.asking):
        return msgspec.json.encode(Reply(worker=worker, refused=refused)).decode()
    started = time.monotonic()
    with GRADERS.one(job.order) as grader:
        result, durations = grader.judge(load_course().step(job.order.step), job.submission)
    if durations is not None:
        durations = msgspec.structs.replace(durations, seconds=time.monotonic() - started)
    return msgspec.json.encode(Reply(worker=worker, result=result, durations=durations)).decode()
