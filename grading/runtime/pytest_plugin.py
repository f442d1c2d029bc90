"""`pytest exercises/step3`: the fixture `box`, the option `--target`, and a third verdict beside pass and fail: TODO."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from grading.manifest import STEPS, Course, load_course
from grading.runtime.box import Box, TodoError
from grading.runtime.overlay import StepModules
from grading.runtime.targets import TARGETS, Target, TargetError, resolve

COURSE = pytest.StashKey[Course]()
TARGET = pytest.StashKey[Target]()
BROKEN = pytest.StashKey[set[Path]]()
"""Files under test that could not be loaded, and have been told of."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--target` and `--device`."""
    group = parser.getgroup("workshop")
    group.addoption("--target", default="exercises", metavar="WHAT", help=f"which code is tested: {TARGETS} (default: exercises)")
    group.addoption("--device", default="cpu", help="where the answers run: cpu, cuda, mps or auto (default: cpu)")


def pytest_configure(config: pytest.Config) -> None:
    """Resolve the target once, before anything is collected."""
    config.addinivalue_line("markers", "exercise(number): the exercise that a test belongs to")
    config.stash[BROKEN] = set()


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A wrong target is a usage error, not a failure of every test."""
    if any("box" in getattr(item, "fixturenames", ()) for item in items):
        target_of(config)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what is tested."""
    return [f"workshop: target {config.stash[TARGET].name}"] if TARGET in config.stash else []


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest) -> Box:
    """Runs a test's act on the step's modules; see `grading/runtime/box.py`."""
    target, course = target_of(request.config), request.config.stash[COURSE]
    number = step_number(request.path)
    if number is None:
        raise pytest.UsageError(f"{request.path} uses box, but lies in no folder of a step")
    step = course.step(number)
    others = {module for other in course.steps if other is not step for module in other.modules}
    try:
        return Box(StepModules(target.files(step), sorted(others - set(step.modules))), request.config.getoption("--device"))
    except TargetError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, Any]:
    """An open gap becomes one line, and a file that cannot be loaded one message."""
    report = yield
    error = None if call.excinfo is None else call.excinfo.value
    if isinstance(error, TodoError):
        marker = item.get_closest_marker("exercise")
        own = marker is None or marker.args[0] == error.exercise
        report.todo = str(error) if own else f"blocked by {error}"
        report.longrepr = report.todo
    elif isinstance(error, SyntaxError) and error.filename:
        report.longrepr = _translated(item.config, error)
    return report


def _translated(config: pytest.Config, error: SyntaxError) -> str:
    """One message for a file that Python cannot read; later tests of the same file only refer to it."""
    path, text = Path(str(error.filename)), f"{error.filename}:{error.lineno}: Python cannot read this line: {error.msg}"
    if error.text:
        text += f"\n    {error.text.rstrip()}"
    if path in config.stash[BROKEN]:
        return f"{path.name} cannot be read, see above"
    config.stash[BROKEN].add(path)
    return text


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """TODO has a letter and a count of its own."""
    return ("todo", "T", "TODO") if hasattr(report, "todo") else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The open gaps, one line each, without tracebacks."""
    reports = terminalreporter.getreports("todo")
    if reports:
        terminalreporter.section("still to do")
        for line in dict.fromkeys(report.todo for report in reports):
            terminalreporter.write_line(line)
