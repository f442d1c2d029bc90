"""`box` as graders have it: the same calls as `box.py`'s, but the act runs in a sandbox, and only data comes back.

Tests cannot tell the difference. What an answer raises there arrives as `AnswerError`; when a worker is no more, for whatever
reason, the rest of the exercise fails with `FaultError`, and the next exercise gets a new worker.
"""

from collections.abc import Callable
from typing import Any

from grading.judging import wire
from grading.judging.practice import PracticeBox
from grading.judging.sandbox import Box as Sandbox
from grading.judging.sandbox import BoxError
from grading.runtime.box import Failure, TodoError, pickled_by_value
from grading.runtime.codec import unpack

OUTCOMES = {"timeout": "timeout", "died": "crashed", "memory": "crashed"}
"""Code of a `BoxError` -> outcome of the test; a reply that is no reply is `refused`."""


class AnswerError(Exception):
    """An exception that an answer raised in its sandbox."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.type}: {failure.message}")
        self.failure = failure


class FaultError(Exception):
    """The worker is no more; `outcome` is that of every test that still needs it."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class BrokenError(Exception):
    """The machine's fault, not the answer's: the submission must be judged again."""


class RemoteBox:
    """Runs acts on one submission, each exercise in a worker of its own."""

    device = "cpu"

    def __init__(self, start: Callable[[str], Sandbox | PracticeBox], seconds: float) -> None:
        self.start = start
        """Starts the worker of an exercise."""
        self.seconds = seconds
        """Of wall time for one act."""
        self.patience = 1
        """Times as long as that, for the acts of the present test."""
        self.last: Any = None
        self.exercise = ""
        self.fault: FaultError | None = None
        self._worker: Sandbox | PracticeBox | None = None
        self._requests = 0

    def turn_to(self, exercise: str) -> None:
        """From now on, acts belong to this exercise: its worker is started by its first act."""
        if exercise != self.exercise:
            self.close()
            self.exercise, self.fault = exercise, None

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def elsewhere(self) -> None:
        """Run the next acts in a new worker, to which nothing of this one leads."""
        self.close()

    def __call__(self, act: Callable[..., Any]) -> Any:
        """What the act returns.

        Raises:
            TodoError: the act came to an open gap.
            AnswerError: the answer raised an exception.
            FaultError: the worker is no more.
            BrokenError: no worker could be started.
        """
        reply = self._ask("call", act)
        if reply.status == "error":
            self.last = Failure(**reply.value)
            raise AnswerError(self.last)
        self.last = reply.value
        return self.last

    def error(self, act: Callable[..., Any]) -> Failure | None:
        """The exception that the act raises; None if it raises none. Raises as a call does, `AnswerError` apart."""
        reply = self._ask("error", act)
        self.last = Failure(**reply.value) if reply.status == "error" else None
        return Failure(**reply.value) if reply.status == "error" else None

    def place_of(self, _error: BaseException) -> None:
        """Where it happened stays in the sandbox."""

    def _ask(self, kind: str, act: Callable[..., Any]) -> wire.Reply:
        if self.fault is not None:
            raise self.fault
        if self._worker is None:
            try:
                self._worker = self.start(self.exercise)
            except BoxError as error:
                raise BrokenError(str(error)) from None
        self._requests += 1
        try:
            request = wire.encode({"id": self._requests, "kind": kind}, pickled_by_value(act))
        except wire.WireError as error:
            raise BrokenError(f"the act of a test is too large to be sent: {error}") from None
        try:
            reply = wire.decode_reply(self._worker.exchange(request, self.patience * self.seconds), self._requests, unpack)
        except BoxError as error:
            if error.code == "broken":
                raise BrokenError(str(error)) from None
            self.fault = FaultError(OUTCOMES[error.code], str(error))
            raise self.fault from None
        except wire.WireError as error:
            self.fault = FaultError("refused", f"its reply was none ({error.code})")
            self._worker.kill()
            raise self.fault from None
        if reply.status == "todo":
            raise TodoError(reply.value["exercise"], reply.value["goal"], reply.value["place"])
        return reply
