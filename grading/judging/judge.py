"""A batch of submissions through the graders: taken in, handed out to slots, judged, written down.

Each slot has a grader, a process of its own (`grading/runtime/grader_process.py`) that owns the tests and the slot's sandbox.
What is written is whole; whatever was judged already, by the same course, is not judged again: a batch that was killed goes on.
"""

import base64
import contextlib
import functools
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

from grading.judging.arrival import PREFIX
from grading.judging.intake import RejectedError, Submission, find_submissions, take_in
from grading.judging.keys import PUBLIC, seal_key
from grading.judging.results import Durations, StepResult, failed_judge, is_done, load, rejected, result_path, save, with_notes
from grading.judging.sandbox import Mode
from grading.manifest import Step
from grading.packing_list import course_version

ROOT = Path(__file__).parents[2]


class Grader:
    """A grader process, started when it is first wanted; of one thread only."""

    def __init__(self, slot: int, mode: Mode, key: str, *, hidden: Path | None = None, practice: bool = False) -> None:
        self.command = [sys.executable, "-m", "grading.runtime.grader_process", f"--slot={slot}", f"--mode={mode}"]
        self.command += ([f"--hidden={hidden.resolve()}"] if hidden else []) + (["--practice"] if practice else [])
        self.key = key
        self.accuracy = True
        """Whether tests that train a model are run, too."""
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
        exercises = [exercise.id for exercise in step.exercises]
        job = {"name": submission.name, "step": step.number, "exercises": exercises, "key": self.key}
        job |= {"digest": submission.digest, "files": submission.files, "accuracy": self.accuracy}
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


def course_digest(step: Step, key: str, hidden: Path | None = None, *, accuracy: bool = True) -> str:
    """What a result depends on beside the submission: the suites, the manifest's step, the key."""
    digest = hashlib.sha256(key.encode() + (b"" if accuracy else b", without training"))
    digest.update(msgspec.json.encode(step))
    for folder in suites(step):
        for path in sorted(folder.glob("test_*.py")):
            digest.update(path.read_bytes())
    for path in private_tests(step, hidden) if hidden is not None else []:
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def suites(step: Step) -> tuple[Path, Path]:
    """The folders of the public and of the hidden tests."""
    return ROOT / "exercises" / step.folder, ROOT / "grading" / "hidden" / step.folder


def private_tests(step: Step, hidden: Path) -> list[Path]:
    """An instructor's own tests of a step: `step3/test_*.py` in a folder of theirs, written as those in `grading/hidden/` are.

    Raises:
        ValueError: there are none, or one has the name of one of ours.
    """
    found = sorted((hidden / step.folder).glob("test_*.py"))
    if not found:
        raise ValueError(f"there is no {hidden / step.folder}/test_*.py: private tests of {step.folder} lie there")
    ours = {path.name for folder in suites(step) for path in folder.glob("test_*.py")}
    if taken := [path for path in found if path.name in ours]:
        raise ValueError(f"{taken[0]} has the name of a test of the course; give it another")
    return found


Finish = Callable[[Submission, StepResult, Durations | None], None]
"""What is to be done with a result: write it down. Any thread may call it."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What to judge, and how."""

    step: Step
    out: Path
    jobs: int = 1
    mode: Mode = "preforked"
    key: str = PUBLIC
    hidden: Path | None = None
    """A folder with an instructor's own tests (`private_tests`)."""
    accuracy: bool = True
    """Whether tests that train a model are run; without them, answers that only training shows to be wrong get their points."""
    practice: bool = False
    """Without a sandbox: answers run with all rights of whoever calls this. Results are marked, and sealed by nobody."""
    judges: "Callable[[Batch, Sequence[Submission], Finish], None] | None" = None
    """Judges what is waiting, and comes back when all of it is finished. None: this machine, in as many slots as jobs."""

    @functools.cached_property
    def course(self) -> str:
        """Digest of what submissions are judged by."""
        return course_digest(self.step, self.key, self.hidden, accuracy=self.accuracy)

    @property
    def seal(self) -> bytes:
        """What results are sealed with."""
        return b"" if self.practice else seal_key(self.key)

    def load(self, name: str) -> StepResult:
        """The result of a submission, from its file."""
        return load(result_path(self.out, self.step.folder, name), self.seal, practice=self.practice)

    def judge(self, paths: Sequence[Path], tell: Callable[[StepResult], None]) -> list[StepResult]:
        """All submissions in some files, folders, archives or folders of students, by name; each is told of when it is done.

        Raises:
            NotADirectoryError: a path does not exist.
            OSError: a result cannot be written.
            ValueError: there are no private tests where they were said to be.
        """
        wanted = [f"{module}.py" for module in self.step.modules]
        course, version = self.course, course_version(ROOT)
        found = [pair for path in paths for pair in find_submissions(path, wanted, folder=self.step.folder)]
        waiting: list[Submission] = []
        done: dict[str, StepResult] = {}
        for name, path in found:
            try:
                submission = take_in(path, wanted, folder=self.step.folder, name=name, version=version)
            except RejectedError as error:
                result = rejected(name, self.step.folder, str(error), self.step.points, course=course)
                result = msgspec.structs.replace(result, practice=self.practice)
                save(self.out, result, key=self.seal)
                done[name] = result
                tell(result)
                continue
            if self.is_done(submission):
                known = self.load(name)
                done[name] = with_notes(known, submission.notes)
                if done[name] != known:  # the same answer, packed anew
                    save(self.out, done[name], key=self.seal)
                tell(done[name])
            else:
                waiting.append(submission)

        def finish(submission: Submission, result: StepResult, durations: Durations | None) -> None:
            result = with_notes(msgspec.structs.replace(result, course=course, practice=self.practice), submission.notes)
            try:
                save(self.out, result, durations, key=self.seal)
            except OSError as error:
                advice = "what is judged stays, and the same command goes on"
                raise OSError(f"no result can be written to {self.out} ({error.strerror or error}); {advice}") from error
            done[submission.name] = result
            tell(result)

        (self.judges or Batch._judge_here)(self, waiting, finish)
        return [done[name] for name in sorted(done)]

    def is_done(self, submission: Submission) -> bool:
        """Whether there is a result of this very submission, judged by this very course."""
        known = {"step": self.step.folder, "name": submission.name, "course": self.course}
        return is_done(self.out, submission.digest, **known, key=self.seal, practice=self.practice)

    def _judge_here(self, submissions: Sequence[Submission], finish: Finish) -> None:
        """In slots, each with a thread of its own."""
        waiting: queue.SimpleQueue[Submission] = queue.SimpleQueue()
        for submission in submissions:
            waiting.put(submission)
        errors: list[Exception] = []

        def work(slot: int) -> None:
            try:
                self._work(slot, waiting, finish)
            except Exception as error:  # for whoever called: a thread would only print it
                errors.append(error)
                with contextlib.suppress(queue.Empty):  # and the others need not go on
                    while True:
                        waiting.get_nowait()

        slots = [threading.Thread(target=work, args=(slot,)) for slot in range(min(self.jobs, len(submissions)))]
        for thread in slots:
            thread.start()
        for thread in slots:
            thread.join()
        if errors:
            raise errors[0]

    def _work(self, slot: int, waiting: "queue.SimpleQueue[Submission]", finish: Finish) -> None:
        """One slot: judge what is waiting until nothing is."""
        grader = Grader(slot, self.mode, self.key, hidden=self.hidden, practice=self.practice)
        grader.accuracy = self.accuracy
        try:
            while True:
                try:
                    submission = waiting.get_nowait()
                except queue.Empty:
                    return
                started = time.monotonic()
                result, durations = grader.judge(self.step, submission)
                if durations is not None:
                    durations = msgspec.structs.replace(durations, seconds=time.monotonic() - started)
                finish(submission, result, durations)
        finally:
            grader.stop()


def as_json(batch: Batch, results: Sequence[StepResult]) -> bytes:
    """All results of a batch in one text, for other programs; no seal is in it, for nobody takes grades from it."""
    about = {"step": batch.step.folder, "course": batch.course, "practice": batch.practice}
    return msgspec.json.format(msgspec.json.encode({**about, "results": results}, order="deterministic"), indent=1) + b"\n"


def as_line(result: StepResult) -> str:
    """A result in one line for the terminal."""
    points = "   –" if result.points is None else f"{result.points:6.2f}"
    reason = "; ".join(_faults(result)) or next((line for line in result.feedback if not line.startswith(PREFIX)), "")
    note = reason if result.state == "graded" else f"{result.state}: {reason}"
    return f"{result.name:<24} {points} of {result.out_of}{'  ' * bool(note)}{note}"[:160]


def _faults(result: StepResult) -> list[str]:
    return [f"{exercise.id} {exercise.fault}" for exercise in result.exercises if exercise.fault]
