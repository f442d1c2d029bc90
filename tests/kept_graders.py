"""Graders that stay for the next batch of a module of tests: each takes seconds to start, and most tests ask what they say."""

import contextlib
from collections.abc import Iterator
from subprocess import Popen
from typing import ClassVar
from unittest.mock import patch

from grading.judging import judge
from grading.judging.intake import Submission
from grading.judging.results import Durations, StepResult
from grading.manifest import Step


class KeptGrader(judge.Grader):
    """One that takes over an idle process of the same command, and leaves its own behind.

    Neither one that has failed is left, nor one with an instructor's own tests, which it has read once for all.
    """

    idle: ClassVar[dict[tuple[str, ...], "Popen[str]"]] = {}
    _judging = False

    def judge(self, step: Step, submission: Submission) -> tuple[StepResult, Durations | None]:
        """As ever."""
        self.process = self.process or self.idle.pop(tuple(self.command), None)
        self._judging = True
        try:
            return super().judge(step, submission)
        finally:
            self._judging = False

    def stop(self) -> None:
        """At the end of a batch: keep the process."""
        has_own = any(argument.startswith("--hidden") for argument in self.command)
        if self._judging or has_own or self.process is None or self.process.poll() is not None:
            super().stop()
            return
        self.idle[tuple(self.command)], self.process = self.process, None


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """For all batches in this time; their processes end with it."""
    try:
        with patch.object(judge, "Grader", KeptGrader):
            yield
    finally:
        while KeptGrader.idle:
            last = judge.Grader(0, "preforked", "")
            _, last.process = KeptGrader.idle.popitem()
            last.stop()
