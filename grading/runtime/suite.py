"""Run the public tests in a folder with a step's files, and write down each verdict as soon as it stands, one JSON line each.

The notebook beside the files starts this in a process of its own: `python -P -m grading.runtime.suite FOLDER LINES EXERCISE`.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import pytest

from grading.learning.workspace import Workspace
from grading.runtime.pytest_plugin import COURSE, RESULTS, exercise_of, familiar


class Scribe:
    """A plugin of pytest: the tests of one exercise come first, and every verdict becomes a line."""

    def __init__(self, lines: IO[str], first: str) -> None:
        self.lines = lines
        self.first = first
        self.left: Counter[str] = Counter()

    def write(self, **values: Any) -> None:
        """One line, at once."""
        self.lines.write(json.dumps(values) + "\n")
        self.lines.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What is asked for comes first, the others exercise by exercise; then say how many tests each of them has."""
        exercises = [exercise_of(item) for item in items]
        numbers = ["" if exercise is None else exercise.id for exercise in exercises]
        order = sorted(range(len(items)), key=lambda at: (numbers[at] != self.first, numbers[at], at))
        items[:] = [items[at] for at in order]
        self.left = Counter(number for number in numbers if number)
        self.write(expected=self.left)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """One test; a set-up that fails is a test that fails."""
        report = yield
        exercise = exercise_of(item)
        if exercise is not None and (report.when == "call" or (report.when == "setup" and report.failed)):
            todo = getattr(report, "todo", "")
            outcome = "todo" if todo else "passed" if report.passed else "failed"
            self.left[exercise.id] -= 1
            hint = "" if self.left[exercise.id] else self.hint(item, exercise.id)
            self.write(exercise=exercise.id, test=item.name, outcome=outcome, text=todo or report.longreprtext, hint=hint)
        return report

    def hint(self, item: pytest.Item, number: str) -> str:
        """What is known about the mistake that all failures of an exercise have in common; empty for none."""
        course, results = item.config.stash[COURSE], item.config.stash[RESULTS]
        return next(familiar(course, {number: results[number]}), "") if number in results else ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot even be read."""
        if report.failed:
            self.write(problem=report.longreprtext)


def main() -> int:
    """Run them; pytest's exit status."""
    folder, lines, first = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3]
    root = Workspace.find(folder).root
    own = folder.parent == root / "exercises"
    arguments = [
        "--target",
        "exercises" if own else str(folder),
        "--rootdir",
        str(root),
        "-c",
        str(lines.with_name("pytest.ini")),
    ]
    arguments += ["-p", "grading.runtime.pytest_plugin", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "ignore"]
    lines.with_name("pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    os.chdir(root)
    with lines.open("a", encoding="utf-8") as file:
        scribe = Scribe(file, first)
        status = int(pytest.main([*arguments, *map(str, sorted(folder.glob("test_*.py")))], plugins=[scribe]))
        scribe.write(status=status)
    return status


if __name__ == "__main__":
    sys.exit(main())
