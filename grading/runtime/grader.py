"""The trusted side of judging: it owns pytest, the tests and the thresholds, and judges submissions one after the other.

Of a submission it handles only the text: nothing of it is imported, unpickled or run here.
"""

import builtins
import contextlib
import importlib
import io
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from grading.judging.practice import PracticeBox
from grading.judging.results import (
    MAX_MESSAGE,
    Durations,
    StepResult,
    TestResult,
    common_reasons,
    failed_judge,
    graded,
    judge_exercise,
)
from grading.judging.sandbox import Box as Sandbox
from grading.judging.sandbox import Mode, Slot
from grading.manifest import Course, Exercise, Step
from grading.runtime import pytest_plugin
from grading.runtime.box import TodoError
from grading.runtime.recognition import known_mistakes, recognise
from grading.runtime.remote_box import AnswerError, BrokenError, FaultError, RemoteBox

ROOT = Path(__file__).parents[2]
HIDDEN = "hidden"
"""Folder whose tests are decisive: their inputs are random and their expected values stay on this side."""

MEMORY = 4 * 2**30
"""Bytes that this program may take, beyond what it holds, while it tests what an answer gave: some gifts swell when looked at."""

SECONDS = 30
"""Of processor time for an exercise on this side, where right answers need 5: some gifts take for ever to look at."""


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Judged:
    """What one run of the suites found; a plugin of pytest that puts the sandbox in place of the box."""

    box: RemoteBox
    wanted: frozenset[str]
    """Exercises; tests of others are left out."""
    hidden: tuple[Path, ...]
    """Folders with hidden tests."""
    accuracy: bool = True
    """Whether tests that train a model are run."""
    expected: dict[str, list[str]] = field(default_factory=dict)
    """Exercise -> its tests, as they were collected from our own suites."""
    decisive: set[str] = field(default_factory=set)
    """Tests by whose share all others of an exercise count: hidden ones, but none that only asks what a model has
    learnt: that can be pretended by comparing pictures with those that it was given to learn from."""
    outcomes: dict[str, dict[str, TestResult]] = field(default_factory=dict)
    fingerprints: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Exercise -> name of a failed test -> what the answer gave, in short."""
    faults: dict[str, str] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    """Exercise -> processor time of its tests on this side."""
    seconds: dict[str, float] = field(default_factory=dict)
    seconds_of_tests: dict[str, float] = field(default_factory=dict)
    broken: str = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Let the fixture `box` be ours."""
        config.stash[pytest_plugin.BOX] = self.box

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Exercise by exercise, so that each has one worker; the clock that counts is the sandbox's."""
        items[:] = [
            item
            for item in items
            if _number(item) in self.wanted and (self.accuracy or item.get_closest_marker("accuracy") is None)
        ]
        pytest_plugin.target_of(config)
        order = {exercise.id: place for place, exercise in enumerate(config.stash[pytest_plugin.COURSE].exercises())}
        items.sort(key=lambda item: order[_number(item)])
        for item in items:
            item.add_marker(pytest.mark.timeout(900))
            self.expected.setdefault(_number(item), []).append(short_id(item.nodeid))
            if self.is_hidden(item) and item.get_closest_marker("accuracy") is None:
                self.decisive.add(short_id(item.nodeid))

    def is_hidden(self, item: pytest.Item) -> bool:
        """Whether its inputs are random, and its expected values stay on this side."""
        return any(folder in item.path.parents for folder in self.hidden)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Turn to the test's exercise."""
        self.box.turn_to(_number(item))
        self.box.patience = 1 if item.get_closest_marker("accuracy") is None else pytest_plugin.FOR_TRAINING

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """A test for which there is not memory or time enough on this side fails, and the judge lives on."""
        number, started = _number(item), time.process_time()
        spent = self.spent.get(number, 0.0)
        try:
            with bounded(SECONDS - spent):
                yield
        except TooMuchError:
            self.box.fault = FaultError("refused", "what it gave takes too long to look at")
            raise self.box.fault from None
        finally:
            self.spent[number] = spent + time.process_time() - started

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, Any]:
        """Take note of a test."""
        vars(item)["repr_failure"] = lambda _excinfo: ""  # pytest's own takes a tenth of the time
        report = yield
        report.longrepr = report.longrepr and "told elsewhere"  # it may be large, and pytest keeps it to the end
        number, name = _number(item), short_id(item.nodeid)
        self.seconds[number] = self.seconds.get(number, 0.0) + call.duration
        self.seconds_of_tests[name] = self.seconds_of_tests.get(name, 0.0) + call.duration
        if call.when != "call" and call.excinfo is None:
            return report
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, BrokenError):
            self.broken = str(error)
            item.session.shouldstop = "no box can be made"
        outcome, message = judged(error, is_hidden=self.is_hidden(item))
        message = message[: MAX_MESSAGE + 1]  # what is longer will be cut, and need not be kept until then
        if isinstance(error, FaultError):
            self.faults.setdefault(number, message)
        self.outcomes.setdefault(number, {})[name] = TestResult(id=name, outcome=outcome, message=message)
        if outcome == "failed" and not self.is_hidden(item):
            self.fingerprints.setdefault(number, {})[item.name] = getattr(report, "fingerprint", None)
        return report


class TooMuchError(BaseException):
    """A test takes too long on this side. No `Exception`, so that nothing takes it for a wrong answer and tries again."""


def held() -> int:
    """Bytes of memory of its own that this process has asked for; more on a machine of many cores (proc_pid_statm(5))."""
    figures = Path("/proc/self/statm")  # Linux alone has it, and a sandbox
    return int(figures.read_text(encoding="ascii").split()[5]) * resource.getpagesize() if figures.exists() else 0


@contextlib.contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Bounds on the memory and processor time of this process; waiting for a sandbox takes none. From then on, told each second.

    Raises:
        TooMuchError: it took longer.
    """

    def stop(_number: int, _frame: object) -> None:
        raise TooMuchError

    memory, handler = resource.getrlimit(resource.RLIMIT_DATA), signal.signal(signal.SIGPROF, stop)
    most = held() + MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (most if memory[1] == resource.RLIM_INFINITY else min(most, memory[1]), memory[1]))
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.01), 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        resource.setrlimit(resource.RLIMIT_DATA, memory)


def _number(item: pytest.Item) -> str:
    """The exercise of a test; every test of a suite has one."""
    marker = item.get_closest_marker("exercise")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} belongs to no exercise")
    return str(marker.args[0])


def short_id(nodeid: str) -> str:
    """`test_models.py::test_shape[3]`, wherever the repository lies."""
    path, _, name = nodeid.partition("::")
    return f"{Path(path).name}::{name}"


def judged(error: BaseException | None, *, is_hidden: bool) -> tuple[Any, str]:
    """Outcome of a test, and what its author is told: of a hidden test, neither inputs nor expected values."""
    match error:
        case None:
            return "passed", ""
        case TodoError():
            return "todo", "a gap is still open" if is_hidden else f"TODO {error.exercise}: {error.goal}"
        case FaultError():
            return error.outcome, str(error)
        case AnswerError() if is_hidden:  # a name of its own, or a line's number, could tell the inputs
            known = getattr(builtins, error.failure.type, None)
            return "failed", error.failure.type if isinstance(known, type) else "an error"
        case AnswerError():
            place = "" if error.failure.line is None else f" in line {error.failure.line}"
            return "failed", f"{error.failure.type}{place}: {error.failure.message}"
        case _:
            return "failed", "" if is_hidden else pytest_plugin.without_introspection(str(error))


@dataclass(frozen=True)
class Grader:
    """Judges submissions in one slot."""

    course: Course
    slot: Slot
    mode: Mode
    key: str
    seed: int = 0
    private: Path | None = None
    """A folder with an instructor's own hidden tests."""
    practice: bool = False
    """Without a sandbox."""
    accuracy: bool = True
    """Whether tests that train a model are run."""

    def judge(self, name: str, step: Step, digest: str, files: dict[str, str]) -> tuple[StepResult, Durations]:
        """The result of one submission; `files` are by file name. Of a step with fewer exercises, the others are not judged."""
        started = time.monotonic()
        missing = {module: f'raise ModuleNotFoundError("{module}.py was not handed in")\n' for module in step.modules}
        texts = missing | {Path(file).stem: text for file, text in files.items()}
        out_of = step.points
        wanted = frozenset(exercise.id for exercise in step.exercises)
        judged = Judged(
            RemoteBox(lambda exercise: self.worker(texts, exercise), step.seconds_per_test), wanted, self.hidden, self.accuracy
        )
        try:
            printed = self.run(step, texts, judged)
        finally:
            judged.box.close()
        unheard = [
            test for number, tests in judged.expected.items() for test in tests if test not in judged.outcomes.get(number, {})
        ]
        if judged.broken or not judged.expected or unheard:  # never the answer's fault: the tests run on this side
            reason = judged.broken or f"the suites could not be run: {_why(printed)}"
            result = failed_judge(name, step.folder, digest, reason, out_of)
        else:
            exercises = [self.exercise(exercise, judged) for exercise in step.exercises]
            versions = {"python": sys.version.split()[0], "torch": str(torch.__version__)}
            result = graded(name, step.folder, digest, exercises, feedback=common_reasons(exercises), versions=versions)
        seconds = time.monotonic() - started
        durations = Durations(
            name=name,
            step=step.folder,
            digest=digest,
            seconds=seconds,
            exercises=judged.seconds,
            tests=judged.seconds_of_tests,
        )
        return result, durations

    @property
    def hidden(self) -> tuple[Path, ...]:
        """Folders with hidden tests, ours first."""
        return (ROOT / "grading" / HIDDEN, *([self.private.resolve()] if self.private is not None else []))

    def worker(self, texts: dict[str, str], exercise: str) -> Sandbox | PracticeBox:
        """A sandbox with the submission in it, without modules of other steps and without what the exercise forbids."""
        others = {module for other in self.course.steps for module in other.modules} - set(texts)
        absent, forbidden = sorted(others), sorted(self.course.exercise(exercise).forbidden)
        if self.practice:
            unboxed = PracticeBox(self.slot)
            unboxed.start(texts, absent=absent, forbidden=forbidden, seed=self.seed)
            return unboxed
        sandbox = Sandbox(self.slot)
        sandbox.start(texts, mode=self.mode, absent=absent, forbidden=forbidden, seed=self.seed)
        return sandbox

    def run(self, step: Step, texts: dict[str, str], judged: Judged) -> str:
        """Run the public and the hidden suite of a step; what pytest printed."""
        printed = io.StringIO()
        place = self.slot.folder  # which the next judge takes away, should this one be killed
        with (
            tempfile.TemporaryDirectory(dir=place) as folder,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            for module in step.modules:  # for the search for forbidden names, which only reads
                (Path(folder) / f"{module}.py").write_text(texts.get(module, ""), encoding="utf-8", newline="\n")
            suites = [ROOT / "exercises" / step.folder, *(folder / step.folder for folder in self.hidden)]
            options = [f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}"]
            options += [f"--target={folder}", f"--course-key={self.key}", "-q", "-p", "no:cacheprovider"]
            options += ["--tb=native"]  # with "auto", our plugin would write accounts for learners
            options += ["--disable-plugin-autoload", "-p", "no:logging", "-p", "no:unraisableexception"]
            options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
            # Plugins as modules: for one that is given by name, pytest looks through all installed packages.
            plugins = [judged, *map(importlib.import_module, ("pytest_timeout", "_hypothesis_pytestplugin"))]
            plugins += [] if self.private is None else [fixtures()]
            pytest.main([*map(str, suites), *options], plugins=plugins)
        return printed.getvalue()

    def exercise(self, exercise: Exercise, judged: Judged) -> Any:
        """The points of one exercise and what its author is told."""
        expected = judged.expected.get(exercise.id, [])
        outcomes = judged.outcomes.get(exercise.id, {})
        passed = {test.partition("::")[2] for test, result in outcomes.items() if result.outcome == "passed"}
        mistake = recognise(judged.fingerprints.get(exercise.id, {}), passed, known_mistakes().get(exercise.id, {}))
        hints = [each.hint for each in exercise.mistakes if each.name == mistake]
        fault = judged.faults.get(exercise.id, "")
        return judge_exercise(exercise.id, exercise.points, expected, outcomes, judged.decisive, feedback=hints, fault=fault)


def _why(printed: str) -> str:
    """The last error that pytest printed, and what stands around it."""
    errors = [line for line in printed.splitlines() if re.match(r"(E +)?\w*(Error|Exception)\b", line)]
    return "\n".join([*errors[-1:], printed[-2000:]])


def fixtures() -> ModuleType:
    """`draw` and `reference` for tests that lie beside no conftest of ours, as a plugin of pytest."""
    ours = importlib.import_module("grading.hidden.conftest")
    plugin = ModuleType("fixtures_for_private_tests")
    vars(plugin).update(draw=ours.draw, reference=ours.reference)
    return plugin
