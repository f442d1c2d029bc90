"""`pytest exercises/step3`: the fixture `box`, the option `--target`, and a third verdict beside pass and fail: TODO.

Nothing that imports torch is imported here before a test asks for a box, so that other tests do not wait for it.
"""

import contextlib
import inspect
import os
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grading.manifest import STEPS, Course, Exercise, load_course
from grading.runtime.forbidden import uses
from grading.runtime.targets import TARGETS, Target, TargetError, resolve

if TYPE_CHECKING:
    from grading.runtime.box import Box

COURSE = pytest.StashKey[Course]()
TARGET = pytest.StashKey[Target]()
BOX = pytest.StashKey[Any]()
"""A box to be used in place of the usual one: graders put theirs here."""

ENDLESS = pytest.StashKey[set[str]]()
"""Exercises of which an act did not come to an end: their other tests would not, either."""

TOLD = pytest.StashKey[dict[str, str]]()
"""Errors that have been shown in full -> the test that they were shown for."""

RESULTS = pytest.StashKey[dict[str, "Results"]]()
"""Exercise -> what its tests said in this run."""

BROKEN = pytest.StashKey[set[Path]]()
"""Files under test that could not be loaded, and have been told of."""

PLAIN = {"int": "a plain number, int,", "float": "a plain number, float,", "numpy.ndarray": "an array of numpy"} | {
    name: f"a {name}" for name in ("list", "tuple", "dict", "str")
}
"""What an answer may give in place of a tensor or of another object -> how it is called."""


AMBIGUOUS = ("mean", "std", "name")
"""What tensors have, and some results of the course (a `Normalization`, a `ModelResult`), too."""


@dataclass
class Results:
    """What the tests of one exercise said."""

    passed: set[str] = field(default_factory=set)
    failed: dict[str, Any] = field(default_factory=dict)
    """Test -> fingerprint of what the answer gave."""
    todo: set[str] = field(default_factory=set)
    suite: dict[str, bool] = field(default_factory=dict)
    """Test that the exercise has, chosen or not -> whether it trains a model."""
    run: set[str] = field(default_factory=set)
    """Those that came to an end."""

    @property
    def tests(self) -> int:
        """How many were run."""
        return len(self.passed) + len(self.failed) + len(self.todo)

    @property
    def complete(self) -> bool:
        """Whether all were run that train no model."""
        return all(test in self.run for test, trains in self.suite.items() if not trains)

    @property
    def trained(self) -> bool:
        """Whether all were run that train a model."""
        return all(test in self.run for test, trains in self.suite.items() if trains)


DEVICES = ("cpu", "cuda", "mps", "auto")
FOR_TRAINING = 3
"""Times as long may an act take that trains a model, for machines differ."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--target`, `--exercise` and `--device`."""
    group = parser.getgroup("workshop")
    group.addoption("--target", default="exercises", metavar="WHAT", help=f"which code is tested: {TARGETS} (default: exercises)")
    group.addoption("--exercise", action="append", metavar="3.2", help="run the tests of this exercise only; may be repeated")
    group.addoption("--seed", type=int, default=0, help="of the random generators that the answers see (default: 0)")
    group.addoption("--course-key", default="public", help="secret of a course: hidden tests draw their inputs from it")
    group.addoption("--device", default="cpu", choices=DEVICES, help="where the answers run (default: cpu)")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and hypothesis reproducible."""
    config.addinivalue_line("markers", "exercise(number): the exercise that a test belongs to")
    config.addinivalue_line("markers", "accuracy: trains a model; leave these out with -m 'not accuracy'")
    config.stash[BROKEN] = set()
    config.stash[RESULTS] = {}
    config.stash[ENDLESS] = set()
    config.stash[TOLD] = {}


def target_of(config: pytest.Config) -> Target:
    """The target of this run; found out when it is first asked for.

    Raises:
        pytest.UsageError: nothing has that name.
    """
    if TARGET not in config.stash:
        own = config.rootpath / "grading" / "steps.toml"
        config.stash[COURSE] = load_course(own if own.is_file() else STEPS)
        try:
            config.stash[TARGET] = resolve(config.getoption("--target"), config.rootpath, config.stash[COURSE])
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[TARGET]


def step_number(path: Path) -> int | None:
    """The step whose suite a test file belongs to; None for all other tests."""
    found = [re.fullmatch(r"step(\d+)", part) for part in path.parts[:-1]]
    return next((int(match[1]) for match in reversed(found) if match), None)


def exercise_of(item: pytest.Item) -> Exercise | None:
    """The exercise that a test belongs to; None for all other tests."""
    marker = item.get_closest_marker("exercise")
    return None if marker is None else item.config.stash[COURSE].exercise(marker.args[0])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the target (a wrong one is a usage error, not a failure of every test), choose the exercise, set the time limits."""
    suites = [item for item in items if "box" in getattr(item, "fixturenames", ())]
    if not suites:
        return
    target_of(config)
    for item in suites:
        try:
            exercise_of(item)
        except KeyError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error.args[0]}") from None
    if (wanted := config.getoption("--exercise")) is not None:
        try:
            chosen = {config.stash[COURSE].exercise(number).id for number in wanted}
        except KeyError as error:
            raise pytest.UsageError(error.args[0]) from None
        left_out = [
            item for item in items if (marker := item.get_closest_marker("exercise")) is None or marker.args[0] not in chosen
        ]
        items[:] = [item for item in items if item not in left_out]
        suites = [item for item in suites if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        if not items:
            folders = sorted({f"exercises/step{number.partition('.')[0]}" for number in chosen})
            raise pytest.UsageError(f"no test of {', '.join(sorted(chosen))} lies here: pytest {' '.join(folders)}")
    for item in suites:
        number = step_number(item.path)
        if number is not None and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(10 * limit_of(item)))  # should an answer swallow the box's own limit
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and len(suites) == len(items) and not any(_asks_for_summary(text) for text in _arguments(config)):
        reporter.reportchars = ""  # what failed has been told in full


def limit_of(item: pytest.Item) -> float:
    """Seconds of wall time for one act of a test."""
    number = step_number(item.path)
    seconds = 60 if number is None else item.config.stash[COURSE].step(number).seconds_per_test
    return seconds * (1 if item.get_closest_marker("accuracy") is None else FOR_TRAINING)


def _arguments(config: pytest.Config) -> list[str]:
    return [str(text) for text in config.invocation_params.args]


def _asks_for_summary(argument: str) -> bool:
    """Whether it is pytest's `-r…`."""
    return re.match(r"-r\w", argument) is not None


@pytest.hookimpl(wrapper=True, trylast=True)  # inside of `--lf`, which takes tests out of the report
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Import suites under a profile of hypothesis of their own: `given` keeps the one that it finds when it decorates a test.

    All tests of a file are noted here, before some of them are chosen by name, by mark, or because they failed.
    """
    if not isinstance(collector, pytest.Module) or step_number(collector.path) is None:
        return (yield)
    with _settled_hypothesis():
        report = yield
    for item in report.result or ():
        if isinstance(item, pytest.Item) and (marker := item.get_closest_marker("exercise")) is not None:
            results = collector.config.stash[RESULTS].setdefault(marker.args[0], Results())
            results.suite[item.nodeid] = item.get_closest_marker("accuracy") is not None
    return report


@contextlib.contextmanager
def _settled_hypothesis() -> Iterator[None]:
    """The same examples in every run, and no clock: a slow machine is no wrong answer. One failure, soon, without an analysis."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "workshop",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=20,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    before = settings.get_current_profile_name()
    settings.load_profile("workshop")
    try:
        yield
    finally:
        settings.load_profile(before)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what is tested."""
    return [f"workshop: target {config.stash[TARGET].name}"] if TARGET in config.stash else []


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest) -> "Iterator[Box]":
    """Runs a test's act on the step's modules; see `grading/runtime/box.py`."""
    from grading.runtime.box import Box
    from grading.runtime.overlay import StepModules

    target, course = target_of(request.config), request.config.stash[COURSE]
    if BOX in request.config.stash:
        yield request.config.stash[BOX]
        return
    number = step_number(request.path)
    if number is None:
        raise pytest.UsageError(f"{request.path} uses box, but lies in no folder of a step")
    step = course.step(number)
    others = {module for other in course.steps if other is not step for module in other.modules}
    try:
        files = target.files(step)
    except TargetError as error:
        missing = str(error)
    else:
        modules = StepModules(files, sorted(others - set(step.modules)))
        yield Box(modules, request.config.getoption("--device"), request.config.getoption("--seed"))
        return
    pytest.fail(missing, pytrace=False)  # outside of `except`, or pytest tells it twice


def pytest_runtest_call(item: pytest.Item) -> None:
    """Prepare the box for a test; refuse an answer that need not be run: it never ends, or uses what would skip the lesson."""
    tested = getattr(item, "funcargs", {}).get("box")
    exercise = exercise_of(item) if TARGET in item.config.stash else None
    if tested is None or exercise is None:
        return
    tested.last = None
    vars(item)["repr_failure"] = partial(_pytests_account, item)
    if BOX not in item.config.stash:
        tested.seconds = limit_of(item)
    if exercise.id in item.config.stash[ENDLESS]:
        pytest.fail(f"{exercise.id} did not come to an end in the test before, so this one was not run", pytrace=False)
    if not exercise.forbidden:
        return
    step = item.config.stash[COURSE].step(int(exercise.id.partition(".")[0]))
    path = item.config.stash[TARGET].files(step)[exercise.module]
    place = _shown(path) if BOX not in item.config.stash else path.name  # a grader's copies lie elsewhere each time
    for line, name in uses(path, exercise.forbidden):
        pytest.fail(f"{place}:{line}: {exercise.id} may not use {name}: {exercise.forbidden[name]}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, Any]:
    """An open gap becomes one line, a file that cannot be loaded one message, a failure what the learner needs to see."""
    error = None if call.excinfo is None else call.excinfo.value  # pytest replaces unittest's SkipTest by its own
    report = yield
    tested = getattr(item, "funcargs", {}).get("box")
    if tested is not None and error is not None:
        if report.skipped and (place := tested.place_of(error)) is not None:  # as where answers are judged
            report.outcome, report.longrepr = "failed", f"{_shown(place.path)}:{place.number}: an answer skips no test"
        _explain(item, report, error, tested)
    _note(item, report)
    return report


def _explain(item: pytest.Item, report: Any, error: BaseException, tested: "Box") -> None:
    """Put our own account into the report of a test that did not pass."""
    from grading.runtime.box import EndlessError, TodoError
    from grading.runtime.recognition import fingerprint

    exercise = exercise_of(item)
    if isinstance(error, TodoError):
        own = exercise is None or exercise.id == error.exercise
        place = error.place.replace(f"{item.config.rootpath}{os.sep}", "")
        report.todo = (
            f"{'' if own or exercise is None else f'{exercise.id} is blocked by '}TODO {error.exercise}: {error.goal} ({place})"
        )
        report.longrepr = report.todo
        return
    if report.failed and item.get_closest_marker("accuracy") is None:
        report.fingerprint = fingerprint(tested.last)
    if not _told_by_us(item, error):
        return
    if isinstance(error, SyntaxError) and error.filename:
        report.longrepr = _translated(item.config, error)
        return
    if isinstance(error, EndlessError) and exercise is not None:
        item.config.stash[ENDLESS].add(exercise.id)
    report.longrepr = _explained(item, exercise, error, tested)


def _told_by_us(item: pytest.Item, error: BaseException) -> bool:
    """Whether our own account of an error takes the place of pytest's."""
    from grading.runtime.box import EndlessError, TodoError

    if isinstance(error, TodoError | EndlessError) or (isinstance(error, SyntaxError) and error.filename):
        return True
    return isinstance(error, Exception | SystemExit) and item.config.get_verbosity() < 2 and item.config.option.tbstyle == "auto"


def _pytests_account(item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]) -> object:
    """In one line where ours is shown: the whole takes longer than most tests, for it parses their file. Hypothesis asks, too."""
    return failure.exconly() if _told_by_us(item, failure.value) else type(item).repr_failure(item, failure)


def _translated(config: pytest.Config, error: SyntaxError) -> str:
    """One message for a file that Python cannot read; later tests of the same file only refer to it."""
    path, text = Path(str(error.filename)), f"{error.filename}:{error.lineno}: Python cannot read this line: {error.msg}"
    if error.text:
        text += f"\n    {error.text.rstrip()}"
    if path in config.stash[BROKEN]:
        return f"{path.name} cannot be read, see above"
    config.stash[BROKEN].add(path)
    return text


def _explained(item: pytest.Item, exercise: Exercise | None, error: BaseException, tested: "Box") -> str:
    """The promise, the act, and what became of it; pytest's own account is one `-vv` away."""
    function = getattr(item, "function", None)
    promise = (inspect.getdoc(function) or item.name).partition("\n")[0]
    title = promise if exercise is None else f"{exercise.id} {exercise.name}: {promise}"
    place = tested.place_of(error)
    what = [without_introspection(str(error))] if isinstance(error, AssertionError) else [f"{type(error).__name__}: {error}"]
    if isinstance(error, SystemExit):
        what = ["your code ended Python itself, as `exit()` does: return a result, or raise an exception"]
    elif not isinstance(error, Exception):
        what = [str(error)]
    what += _remarks(item, exercise, error, tested)
    if place is not None:
        what += [f"    {_shown(place.path)}:{place.number}: {place.text}"]
    told = "\n".join(what)
    if not isinstance(error, AssertionError) and (first := item.config.stash[TOLD].setdefault(told, item.name)) != item.name:
        return f"{title}\n\nthe same error as in {first}"
    number = inspect.getsourcelines(function)[1] if function is not None else 0
    act = [f"    {line}" for line in _act_of(function)]
    told_before = item.config.stash[TOLD].setdefault(item.nodeid.partition("[")[0], item.name)
    if told_before != item.name and len(act) > 3:
        act = [f"    (as in {told_before})"]
    return "\n".join([title, "", *act, "", told, "", f"the test: {_shown(item.path)}:{number} (all of it with -vv)"])


def _remarks(item: pytest.Item, exercise: Exercise | None, error: BaseException, tested: "Box") -> Iterator[str]:
    """What an error means that says it in Python's own words."""
    from torch import Tensor

    from grading.runtime.box import Failure

    place = tested.place_of(error)
    if place is None and "NoneType" in str(error) and (tested.last is None or isinstance(tested.last, Failure)):
        yield "the call above gave None: is a `return` missing?"
    given = re.match(r"'([\w.]+)' object has no attribute '(\w+)'", str(error))
    if place is None and given is not None and given[1] in PLAIN:
        is_tensors = hasattr(Tensor, given[2]) and given[2] not in AMBIGUOUS
        wanted = "a tensor" if is_tensors else f"an object with .{given[2]}"
        yield f"the call above gave {PLAIN[given[1]]} where {wanted} is expected"
    if place is None and (sequence := re.match(r"(list|tuple) indices must be integers or slices, not tuple", str(error))):
        yield f"the call above gave a {sequence[1]} where a tensor is expected"
    if place is None and isinstance(error, IndexError):
        yield "the call above gave something of another shape than is expected: print its shape, and compare with the docstring"
    if (missing := re.search(r"module 'handwriting_workshop\.(\w+)' has no attribute '(\w+)'", str(error))) is not None:
        yield f"there is no {missing[2]} in {missing[1]}.py any more: its name must stay as it was"
    if place is None or exercise is None or item.config.stash[TARGET].name != "exercises":
        return
    from grading.learning.workspace import Workspace

    other = Workspace(item.config.rootpath, item.config.stash[COURSE]).exercise_at(place.path, place.number)
    if other is not None and other.id != exercise.id:
        yield f"this line belongs to {other.id} {other.name}: is that one right, and what it was given?"


def _act_of(function: Any) -> list[str]:
    """The lines that run on the answer: the body of the test's first act."""
    import ast
    import textwrap

    function = inspect.unwrap((getattr(function, "hypothesis", None) and function.hypothesis.inner_test) or function)
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return []
    acts = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == "act"]
    if not acts:
        return []
    body = acts[0].body
    return textwrap.dedent("\n".join(text.split("\n")[body[0].lineno - 1 : body[-1].end_lineno])).split("\n")


def without_introspection(message: str) -> str:
    """An assertion's own message, without what pytest adds to it."""
    head, _, rest = message.partition("\nassert ")
    return head if rest else message


def _shown(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return os.path.relpath(path) if Path(path).resolve().is_relative_to(Path.cwd()) else str(path)
    except ValueError:  # another drive
        return str(path)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """TODO has a letter and a count of its own."""
    return ("todo", "T", "TODO") if hasattr(report, "todo") else None


def _note(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add one test to the results of its exercise."""
    marker = item.get_closest_marker("exercise")
    if marker is None or (report.when != "call" and report.passed):
        return
    results = item.config.stash[RESULTS].setdefault(marker.args[0], Results())
    results.run.add(item.nodeid)
    if hasattr(report, "todo"):
        results.todo.add(item.name)
    elif report.passed:
        results.passed.add(item.name)
    else:
        results.failed[item.name] = getattr(report, "fingerprint", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Open gaps, one line each; known mistakes; where the intern stands, and what is next."""
    reports = terminalreporter.getreports("todo")
    if reports:
        terminalreporter.section("still to do")
        for line in sorted({report.todo for report in reports}, key=lambda line: line.partition("TODO ")[2]):
            terminalreporter.write_line(line)
    results = {number: each for number, each in config.stash[RESULTS].items() if each.tests}
    if not results or TARGET not in config.stash:
        return
    if lines := [*familiar(config.stash[COURSE], results)]:
        terminalreporter.section("this looks familiar")
        for line in lines:
            terminalreporter.write_line(line)
    if config.stash[TARGET].name == "exercises":
        _tell_and_remember(terminalreporter, config, results)


def familiar(course: Course, results: dict[str, Results]) -> Iterator[str]:
    """The hints to known mistakes that explain all that failed."""
    from grading.runtime.recognition import known_mistakes, recognise

    known = known_mistakes()
    for number, each in results.items():
        name = recognise(each.failed, each.passed, known.get(number, {}))
        exercise = course.exercise(number)
        yield from (f"{number} {exercise.name}: {mistake.hint}" for mistake in exercise.mistakes if mistake.name == name)


def _tell_and_remember(reporter: pytest.TerminalReporter, config: pytest.Config, results: dict[str, Results]) -> None:
    """Where each exercise of the tested steps stands, and what to do next."""
    from grading.learning.messages import exercise_lines, finished_line, next_lines
    from grading.learning.workspace import Workspace

    course = config.stash[COURSE]
    workspace = Workspace(config.rootpath, course)
    steps = [step for step in course.steps if any(number.startswith(f"{step.number}.") for number in results)]
    try:
        for number, each in results.items():
            if not each.todo and (each.failed or each.complete):
                workspace.record_tests(course.exercise(number), len(each.passed), each.tests, trained=each.trained)
        reporter.section("where you stand")
        for step in steps:
            for line in exercise_lines(workspace, step, getattr(reporter._tw._file, "encoding", None)):
                reporter.write_line(line)
            if workspace.next(step) is None:
                reporter.write_line(finished_line(step))
        reporter.write_line("")
        unfinished = next((exercise for step in steps if (exercise := workspace.next(step))), None)
        for line in next_lines(workspace, unfinished or workspace.next()):
            reporter.write_line(line)
    except OSError as error:  # the verdicts stand, whatever becomes of the notes
        reporter.write_line(f"your progress could not be written down: {error}")
