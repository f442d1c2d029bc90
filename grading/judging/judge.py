"""A batch of submissions through the graders: taken in, handed out to slots, judged, written down.

Each slot has a grader, a process of its own (`grading/runtime/grader_process.py`) that owns the tests and the slot's sandbox.
What is written is whole; whatever was judged already, by the same course, is not judged again: a batch that was killed goes on.
Who handed in the very same files shares one judging: a class has many stubs that nobody has touched.
"""

import base64
import contextlib
import functools
import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grading.judging.arrival import PREFIX
from grading.judging.intake import RejectedError, Submission, find_submissions, take_in
from grading.judging.keys import PUBLIC, seal_key
from grading.judging.locks import alone
from grading.judging.results import Durations, StepResult, failed_judge, is_done, load, rejected, result_path, save, with_notes
from grading.judging.slots import SLOTS, Mode
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
        self.abandoned = False
        self.process: subprocess.Popen[str] | None = None
        self._errors = -1

    def judge(self, step: Step, submission: Submission) -> tuple[StepResult, Durations | None]:
        """The result of one submission; a grader that fails twice is a result, too."""
        said = ""
        for _attempt in range(2):
            if self.abandoned:
                break
            try:
                result, durations = self._ask(step, submission)
            except (OSError, ValueError, KeyError) as error:
                said = f"the grader ended: {error}{self._last_words()}"
            else:
                if result.state != "infra_error":
                    return result, durations
                said = "; ".join(result.feedback)
            self.stop()
        return failed_judge(submission.name, step.folder, submission.digest, said, step.points), None

    def _ask(self, step: Step, submission: Submission) -> tuple[StepResult, Durations]:
        if self.process is None:
            with tempfile.TemporaryFile() as errors:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, text=True
                )
                self._errors = os.dup(errors.fileno())
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        exercises = [exercise.id for exercise in step.exercises]
        job = {"name": submission.name, "step": step.number, "exercises": exercises, "key": self.key}
        job |= {"digest": submission.digest, "files": submission.files, "accuracy": self.accuracy}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise OSError("it gave no answer")
        reply = json.loads(line)
        result, durations = (base64.b64decode(reply[name]) for name in ("result", "durations"))
        return msgspec.json.decode(result, type=StepResult), msgspec.json.decode(durations, type=Durations)

    def _last_words(self) -> str:
        """The end of what it wrote before it ended: why."""
        if self._errors < 0 or self.process is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        size = os.fstat(self._errors).st_size
        lines = os.pread(self._errors, 2000, max(0, size - 2000)).decode(errors="replace").split("\n")
        return next((f" ({line.strip()})" for line in reversed(lines) if line.strip()), "")

    def abandon(self) -> None:
        """Let it end at once, whatever it judges; from any thread."""
        self.abandoned = True
        process = self.process
        if process is not None:
            process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """End it; its boxes end with it."""
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1
        if self.process is not None:
            if self.process.stdin is not None:
                with contextlib.suppress(OSError):  # what it was told last and did not take
                    self.process.stdin.close()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


EXPECTED = ("handwriting_workshop/**/*.py", "handwriting_workshop/data/*", "grading/runtime/suite.py")
"""Files by which tests know what is right: the reference, and what compares an answer with it."""


def course_digest(step: Step, key: str, hidden: Path | None = None, *, accuracy: bool = True) -> str:
    """What a result depends on beside the submission, the libraries and the judge itself.

    Suites, what is right by them, their fixtures, known mistakes, the manifest's step, the key.
    """
    digest = hashlib.sha256(key.encode() + (b"" if accuracy else b", without training"))
    digest.update(msgspec.json.encode(step))
    for folder in suites(step):
        for path in sorted(folder.glob("test_*.py")):
            digest.update(path.read_bytes())
    expected = (path for pattern in EXPECTED for path in sorted(ROOT.glob(pattern)))
    for path in (ROOT / "grading" / "hidden" / "conftest.py", ROOT / "grading" / "mistakes.json", *expected):
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
            BlockingIOError: another batch is writing results into the folder.
            ValueError: there are no private tests where they were said to be, or two submissions have one name.
        """
        wanted = [f"{module}.py" for module in self.step.modules]
        version = course_version(ROOT)
        every = [pair for path in paths for pair in find_submissions(path, wanted, folder=self.step.folder)]
        found, places = [*dict.fromkeys(every)], dict(reversed(every))
        for name, path in found:
            if places[name] != path:
                raise ValueError(f"{places[name]} and {path} are both called {name!r} here: judge them apart, or rename one")
        with self._alone():
            return self._judge(found, wanted, version, tell)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep another batch from the folder of results: each would replace what the other has only half written."""
        folder = self.out / self.step.folder
        with contextlib.ExitStack() as stack:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(alone(folder, f"another batch is writing into {folder}; wait for it, or use another folder"))
            except BlockingIOError:
                raise
            except OSError as error:
                raise self._unwritable(error) from error
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # there are results
                    folder.rmdir()
                    self.out.rmdir()

    def _unwritable(self, error: OSError) -> OSError:
        advice = "what is judged stays, and the same command goes on"
        return OSError(f"no result can be written to {self.out} ({error.strerror or error}); {advice}")

    def _judge(
        self, found: Sequence[tuple[str, Path]], wanted: Sequence[str], version: str, tell: Callable[[StepResult], None]
    ) -> list[StepResult]:
        """All submissions, by name and path."""
        course = self.course
        waiting: defaultdict[str, list[Submission]] = defaultdict(list)
        """Digest -> those that wait for one judging, in which the first one stands for all."""
        done: dict[str, StepResult] = {}
        for name, path in found:
            try:
                submission = take_in(path, wanted, folder=self.step.folder, name=name, version=version)
            except RejectedError as error:
                result = rejected(name, self.step.folder, str(error), self.step.points, course=course)
                result = msgspec.structs.replace(result, practice=self.practice)
                self._save(result)
                done[name] = result
                tell(result)
                continue
            if self.is_done(submission):
                known = self.load(name)
                done[name] = with_notes(known, submission.notes)
                if done[name] != known:  # the same answer, packed anew
                    self._save(done[name])
                tell(done[name])
            else:
                waiting[submission.digest].append(submission)

        def finish(judged: Submission, result: StepResult, durations: Durations | None) -> None:
            result = msgspec.structs.replace(result, course=course, practice=self.practice)
            for each in waiting[judged.digest]:
                own = with_notes(msgspec.structs.replace(result, name=each.name), each.notes)
                self._save(own, durations if each is judged else None)
                done[each.name] = own
                tell(own)

        (self.judges or Batch._judge_here)(self, [alike[0] for alike in waiting.values()], finish)
        return [done[name] for name in sorted(done)]

    def _save(self, result: StepResult, durations: Durations | None = None) -> None:
        """Write a result down; the error tells what to do.

        Raises:
            OSError: it cannot be written.
        """
        try:
            save(self.out, result, durations, key=self.seal)
        except OSError as error:
            raise self._unwritable(error) from error

    def is_done(self, submission: Submission) -> bool:
        """Whether there is a result of this very submission, judged by this very course."""
        known = {"step": self.step.folder, "name": submission.name, "course": self.course}
        return is_done(self.out, submission.digest, **known, key=self.seal, practice=self.practice)

    def _judge_here(self, submissions: Sequence[Submission], finish: Finish) -> None:
        """In slots of this machine."""
        Slots(self, submissions, finish).work()


class Slots:
    """Threads, each with a grader, that judge what is waiting until all of it is finished."""

    def __init__(self, batch: Batch, submissions: Sequence[Submission], finish: Finish) -> None:
        self.batch = batch
        self.finish = finish
        self.unfinished = len(submissions)
        self.waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        for submission in submissions:
            self.waiting.put(submission)
        count = min(max(1, batch.jobs), len(submissions), SLOTS)
        settings: dict[str, Any] = {"hidden": batch.hidden, "practice": batch.practice}
        self.graders = [Grader(slot, batch.mode, batch.key, **settings) for slot in range(count)]
        self.working = count
        self.put_back: set[str] = set()
        self.stopped = False
        self.errors: list[Exception] = []
        self.lock = threading.Lock()

    def work(self) -> None:
        """All of it; Ctrl-C leaves what is finished."""
        ends = [threading.Event() for _ in self.graders]  # a thread's own `join` is over for good once Ctrl-C has broken it off
        for grader, end in zip(self.graders, ends, strict=True):
            threading.Thread(target=self._run, args=(grader, end)).start()
        try:
            for end in ends:
                end.wait()
        except BaseException:
            self.stop()
            for end in ends:
                end.wait()
            raise
        if self.errors:
            raise self.errors[0]

    def stop(self) -> None:
        """Break off, from any thread: what is finished stays."""
        self._take_no_more()
        for grader in self.graders:
            grader.abandon()

    def _take_no_more(self) -> None:
        """Nobody takes another submission; whoever waits for one ends."""
        self.stopped = True
        for _ in self.graders:
            self.waiting.put(None)

    def _run(self, grader: Grader, end: threading.Event) -> None:
        """One slot."""
        grader.accuracy = self.batch.accuracy
        try:
            self._work_off(grader)
        except Exception as error:  # for whoever called: a thread would only print it
            self.errors.append(error)
            self._take_no_more()
        finally:
            grader.stop()
            end.set()

    def _work_off(self, grader: Grader) -> None:
        has_delivered = False
        while (submission := self.waiting.get()) is not None and not self.stopped:
            started = time.monotonic()
            result, durations = grader.judge(self.batch.step, submission)
            if self.stopped:
                return
            if result.state == "infra_error" and not has_delivered and self._may_leave(submission):
                self.waiting.put(submission)  # a slot that cannot start must not use up what others can judge
                return
            has_delivered = True
            if durations is not None:
                durations = msgspec.structs.replace(durations, seconds=time.monotonic() - started)
            self.finish(submission, result, durations)
            with self.lock:
                self.unfinished -= 1
                if self.unfinished == 0:
                    self._take_no_more()

    def _may_leave(self, submission: Submission) -> bool:
        """Whether another slot goes on, and this submission has not been put back before."""
        with self.lock:
            if self.working == 1 or submission.name in self.put_back:
                return False
            self.put_back.add(submission.name)
            self.working -= 1
            return True


def as_json(batch: Batch, results: Sequence[StepResult]) -> bytes:
    """All results of a batch in one text, for other programs; no seal is in it, for nobody takes grades from it."""
    about = {"step": batch.step.folder, "course": batch.course, "practice": batch.practice}
    return msgspec.json.format(msgspec.json.encode({**about, "results": results}, order="deterministic"), indent=1) + b"\n"


def as_line(result: StepResult) -> str:
    """A result in one line for the terminal."""
    points = "   –" if result.points is None else f"{result.points:6.2f}"
    reason = "; ".join(_faults(result)) or next((line for line in result.feedback if not line.startswith(PREFIX)), "")
    note = reason if result.state == "graded" else f"{result.state}: {reason}"
    return f"{result.name[:80]:<24} {points} of {result.out_of}{'  ' * bool(note)}{note}"[:160]


def _faults(result: StepResult) -> list[str]:
    return [f"{exercise.id} {exercise.fault}" for exercise in result.exercises if exercise.fault]
