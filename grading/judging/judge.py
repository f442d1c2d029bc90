"""A batch of submissions through the graders: taken in, handed out to slots, judged, written down.

Each slot has a grader, a process of its own (`grading/runtime/grader.py`) that owns the tests and the slot's sandbox. What is
written is whole; whatever was judged already, by the same course, is not judged again. So a batch that was killed goes on.
"""

import base64
import hashlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grading.judging.intake import RejectedError, Submission, find_submissions, take_in
from grading.judging.results import Durations, StepResult, failed_judge, is_done, load, rejected, result_path, save
from grading.judging.sandbox import Mode
from grading.manifest import Step

ROOT = Path(__file__).parents[2]


class Grader:
    """A grader process, started when it is first wanted; of one thread only."""

    def __init__(self, slot: int, mode: Mode, key: str) -> None:
        self.command = [sys.executable, "-m", "grading.runtime.grader", f"--slot={slot}", f"--mode={mode}", f"--course-key={key}"]
        self.process: subprocess.Popen[str] | None = None

    def judge(self, step: Step, submission: Submission) -> tuple[StepResult, Durations | None]:
        """The result of one submission; a grader that fails twice is a result, too."""
        said = ""
        for _attempt in range(2):
            try:
                result, durations = self._ask(step, submission)
            except (OSError, ValueError, KeyError) as error:
                said = f"the grader ended: {error}"
                self.stop()
                continue
            if result.state != "infra_error":
                return result, durations
            said = "; ".join(result.feedback)
            self.stop()
        return failed_judge(submission.name, step.folder, submission.digest, said, step.points), None

    def _ask(self, step: Step, submission: Submission) -> tuple[StepResult, Durations]:
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        job = {"name": submission.name, "step": step.number, "digest": submission.digest, "files": submission.files}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        result, durations = (base64.b64decode(reply[name]) for name in ("result", "durations"))
        return msgspec.json.decode(result, type=StepResult), msgspec.json.decode(durations, type=Durations)

    def stop(self) -> None:
        """End it; its boxes end with it."""
        if self.process is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


def course_digest(step: Step, key: str) -> str:
    """What a result depends on beside the submission: the suites, the manifest's step, the key."""
    digest = hashlib.sha256(key.encode())
    digest.update(msgspec.json.encode(step))
    for folder in (ROOT / "exercises" / step.folder, ROOT / "grading" / "hidden" / step.folder):
        for path in sorted(folder.glob("test_*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What to judge, and how."""

    step: Step
    out: Path
    jobs: int = 1
    mode: Mode = "preforked"
    key: str = "public"

    def judge(self, paths: Sequence[Path], tell: Callable[[StepResult], None]) -> list[StepResult]:
        """All submissions in some files, folders, archives or folders of students, by name; each is told of when it is done.

        Raises:
            NotADirectoryError: a path does not exist.
        """
        wanted = [f"{module}.py" for module in self.step.modules]
        course = course_digest(self.step, self.key)
        found = [pair for path in paths for pair in find_submissions(path, wanted, folder=self.step.folder)]
        waiting: queue.SimpleQueue[Submission] = queue.SimpleQueue()
        done: dict[str, StepResult] = {}
        for name, path in found:
            try:
                submission = take_in(path, wanted, folder=self.step.folder, name=name)
            except RejectedError as error:
                result = rejected(name, self.step.folder, str(error), self.step.points, course=course)
                save(self.out, result)
                done[name] = result
                tell(result)
                continue
            if is_done(self.out, submission.digest, step=self.step.folder, name=name, course=course):
                done[name] = load(result_path(self.out, self.step.folder, name))
                tell(done[name])
            else:
                waiting.put(submission)
        slots = [
            threading.Thread(target=self._work, args=(slot, waiting, course, done, tell))
            for slot in range(min(self.jobs, waiting.qsize()))
        ]
        for thread in slots:
            thread.start()
        for thread in slots:
            thread.join()
        return [done[name] for name in sorted(done)]

    def _work(
        self,
        slot: int,
        waiting: "queue.SimpleQueue[Submission]",
        course: str,
        done: dict[str, StepResult],
        tell: Callable[[StepResult], None],
    ) -> None:
        """One slot: judge what is waiting until nothing is."""
        grader = Grader(slot, self.mode, self.key)
        try:
            while True:
                try:
                    submission = waiting.get_nowait()
                except queue.Empty:
                    return
                started = time.monotonic()
                result, durations = grader.judge(self.step, submission)
                result = msgspec.structs.replace(result, course=course)
                if durations is not None:
                    durations = msgspec.structs.replace(durations, seconds=time.monotonic() - started)
                save(self.out, result, durations)
                done[submission.name] = result
                tell(result)
        finally:
            grader.stop()


def as_line(result: StepResult) -> str:
    """A result in one line for the terminal."""
    points = "   –" if result.points is None else f"{result.points:6.2f}"
    note = "" if result.state == "graded" else f"  {result.state}: {next(iter((*_faults(result), *result.feedback)), '')}"
    return f"{result.name:<24} {points} of {result.out_of}{note}"[:160]


def _faults(result: StepResult) -> list[str]:
    return [f"{exercise.id} {exercise.fault}" for exercise in result.exercises if exercise.fault]
