"""A class larger than one machine: `workshop judge … --scheduler ADDRESS` makes each submission a task of a Dask cluster.

Only text travels: file names and texts go out, a result as JSON comes back; the course's key stays where it is. This one process
writes the results, so they are the same bytes as those of a local batch, and a batch that was stopped goes on by the same rules.

A worker that dies costs nothing but time: the scheduler gives its tasks to others. A submission whose workers die again and again
is judged once more when all others are done, alone; if that fails, too, it has no points (`infra_error`), and only it.
"""

import contextlib
import importlib
import queue
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from grading.classroom.cluster_worker import Job, Machine, Order, Reply, check_worker, close_graders, judge_text, this_machine
from grading.judging.intake import Submission
from grading.judging.judge import Batch, Finish
from grading.judging.results import failed_judge
from grading.manifest import Step

CONNECT_SECONDS = 15
LOOK_SECONDS = 10.0
"""How often we look whether there is a worker at all, while nothing comes."""
GONE = (OSError, RuntimeError, AttributeError)
"""What a client raises without a scheduler; the last, once it has given up connecting again (`Client.scheduler` is None then)."""

AHEAD = 64
"""Submissions that wait on the cluster, beyond two for each thread; the others wait here and cost the scheduler nothing."""


class ClusterError(ConnectionError):
    """No scheduler, no workers that fit, or they went away; what is judged is saved."""


def _distributed() -> Any:
    """Dask's package, which only few need, and most of which has no types."""
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise ClusterError("--scheduler needs Dask: python -m pip install distributed, here and on the workers") from None


def _to_terminal(line: str) -> None:
    print(f"workshop: {line}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """An event that tells of Ctrl-C: Python loses the exception if it comes while a task is being deleted."""
    pressed = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield pressed
        return

    def press(number: int, frame: FrameType | None) -> None:
        pressed.set()
        usual(number, frame)

    signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A Dask cluster that judges; `judge` is what `Batch` wants as its `judges`."""

    scheduler: str
    """`tcp://host:8786`, `tls://host:8786`, or the path of a scheduler file."""
    key_file: Path | None = None
    """At the same path on each worker; None: where the repository has it, if it has."""
    say: Callable[[str], None] = _to_terminal

    def judge(self, batch: Batch, waiting: Sequence[Submission], finish: Finish) -> None:
        """Judge what is waiting; comes back when all of it is finished.

        Raises:
            ClusterError: there is no scheduler, a worker is unfit, the scheduler went away, or the key is not from the file.
        """
        if batch.practice:
            raise ClusterError("on a cluster, answers are judged in a sandbox; leave out --practice, or --scheduler")
        if not waiting:
            return
        key_file, hidden = (str(path.resolve()) if path else "" for path in (self.key_file, batch.hidden))
        order = Order(step=batch.step.number, mode=batch.mode, key_file=key_file, hidden=hidden)
        if order.key() != batch.key:
            raise ClusterError("workers read the course's key from a file: name the one that this batch has it from")
        asking = this_machine(order)
        with _ctrl_c() as pressed, self._connected() as client:
            self._check(client, order, asking)
            run = _Run(cluster=self, client=client, step=batch.step, order=order, asking=asking, finish=finish, pressed=pressed)
            try:
                run.judge(waiting)
            finally:
                run.end()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        distributed = _distributed()
        file = Path(self.scheduler).is_file()
        target = {"scheduler_file": self.scheduler} if file else {"address": self.scheduler}
        try:
            client = distributed.Client(**target, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            advice = "start one with `dask scheduler`, and workers with `dask worker ADDRESS`"
            raise ClusterError(f"no scheduler answers at {self.scheduler} ({reason}); {advice}") from None
        with client:
            yield client

    def _check(self, client: Any, order: Order, asking: Machine) -> None:
        """All workers that are there now; later ones are checked with their first task."""
        text = msgspec.json.encode((order, asking)).decode()
        try:
            said = client.run(check_worker, text, on_error="return")
        except OSError as error:
            raise ClusterError(f"the scheduler at {self.scheduler} went away ({error}); nothing was judged") from None
        if not said:
            self.say(f"the cluster at {self.scheduler} has no worker yet; waiting for one (Ctrl-C stops)")
        for address, reason in sorted(said.items()):
            if isinstance(reason, ModuleNotFoundError):
                reason = f"cannot import the course ({reason}): install the repository there, at the same commit"
            if reason:
                raise ClusterError(f"the worker at {address} {reason}")


@dataclass(kw_only=True)
class _Running:
    future: Any
    submission: Submission
    again: bool
    """Whether it has failed before."""


@dataclass(kw_only=True)
class _Run:
    """One batch on its way through a cluster."""

    cluster: Cluster
    client: Any
    step: Step
    order: Order
    asking: Machine
    finish: Finish
    pressed: threading.Event
    """Ctrl-C."""
    running: dict[str, _Running] = field(default_factory=dict)
    """By the keys of their tasks, which tell nobody's name to those who look at the cluster."""
    came: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    """Keys of tasks that have ended."""
    deadly: list[Submission] = field(default_factory=list)
    """Whose workers died again and again; it may have been others that ran beside them."""

    def judge(self, waiting: Iterable[Submission]) -> None:
        """All together; then those alone whose workers died."""
        self._together(waiting)
        suspects, self.deadly = self.deadly, []
        for submission in suspects:
            self._together([submission])
        for submission in self.deadly:
            self._fail(submission, "its workers died again and again; look at their machines' memory, then judge it again")

    def end(self) -> None:
        """Take back what is still waiting, and let the graders go."""
        with contextlib.suppress(*GONE):
            self.client.cancel([each.future for each in self.running.values()], force=True)
            self.client.run(close_graders, on_error="ignore")

    def _together(self, submissions: Iterable[Submission]) -> None:
        waiting = iter(submissions)
        while True:
            for submission in waiting:
                self._send(submission)
                if len(self.running) >= self._enough():
                    break
            if not self.running:
                return
            self._take(self._next())

    def _enough(self) -> int:
        return AHEAD if len(self.running) < AHEAD else 2 * sum(self._threads().values()) + AHEAD

    def _threads(self) -> dict[str, int]:
        """Address of each worker -> threads."""
        try:
            return dict(self.client.nthreads())
        except GONE:
            raise self._gone() from None

    def _gone(self) -> ClusterError:
        return ClusterError(f"the scheduler at {self.cluster.scheduler} went away; the same command goes on where this one ended")

    def _send(self, submission: Submission, *, failed_at: str | None = None) -> None:
        """To any worker, or, if one has failed, rather to another."""
        key = f"judge-{uuid.uuid4().hex}"
        text = msgspec.json.encode(Job(order=self.order, asking=self.asking, submission=submission)).decode()
        others = [] if failed_at is None else [each for each in self._threads() if each != failed_at]
        choice = {"workers": others, "allow_other_workers": True} if others else {}
        future = self.client.submit(judge_text, text, key=key, pure=False, **choice)
        self.running[key] = _Running(future=future, submission=submission, again=failed_at is not None)
        future.add_done_callback(lambda ended: self.came.put(ended.key))

    def _next(self) -> str:
        """The key of a task that has ended."""
        told = False
        while True:
            if self.pressed.is_set():
                raise KeyboardInterrupt
            try:
                return self.came.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                alone = not self._threads()
                if alone and not told:
                    self.cluster.say(f"the cluster at {self.cluster.scheduler} has no worker; waiting for one (Ctrl-C stops)")
                told = alone

    def _take(self, key: str) -> None:
        """What became of a task."""
        each = self.running.pop(key)
        if each.future.status not in ("finished", "error"):
            raise self._gone()
        error = each.future.exception() if each.future.status == "error" else None
        if isinstance(error, _distributed().KilledWorker):
            self.deadly.append(each.submission)
            return
        if error is not None:
            self._fail_or_again(each, f"{type(error).__name__}: {error}", "")
            return
        reply = msgspec.json.decode(each.future.result(), type=Reply)
        if reply.refused:
            raise ClusterError(f"the worker at {reply.worker} {reply.refused}")
        result, asked = reply.result, each.submission
        if result is None or (result.name, result.step, result.digest) != (asked.name, self.step.folder, asked.digest):
            self._fail_or_again(each, "the worker judged something else", reply.worker)
        elif result.state == "infra_error" and not each.again:
            self._send(asked, failed_at=reply.worker)
        else:
            self.finish(asked, result, reply.durations)

    def _fail_or_again(self, each: _Running, reason: str, worker: str) -> None:
        """A worker's fault: another one may do better, once."""
        if each.again:
            self._fail(each.submission, reason)
        else:
            self._send(each.submission, failed_at=worker)

    def _fail(self, submission: Submission, reason: str) -> None:
        result = failed_judge(submission.name, self.step.folder, submission.digest, reason, self.step.points)
        self.finish(submission, result, None)
