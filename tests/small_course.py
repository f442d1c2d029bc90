"""A repository with a course of one lesson and four exercises, for tests of the tools around it."""

from pathlib import Path

from grading.authoring.generate import generate
from grading.learning.workspace import Workspace
from grading.manifest import load_course
from tests.test_manifest import COURSE

LESSON = '''"""Lesson."""

import torch


def f1(x: torch.Tensor) -> torch.Tensor:
    """Twice as much."""
    ### BEGIN SOLUTION 1.1
    doubled = 2 * x
    return doubled
    ### END SOLUTION


def f2(x: torch.Tensor) -> torch.Tensor:
    """Four times as much."""
    ### BEGIN SOLUTION 1.2
    return f1(f1(x))
    ### END SOLUTION


def f3() -> float:
    """Luck."""
    ### BEGIN SOLUTION 1.3
    return float(torch.rand(()))
    ### END SOLUTION


def f4(x: int) -> int:
    """Checked."""
    ### BEGIN SOLUTION 1.4
    if x < 0:
        raise ValueError(f"x must not be negative, got {x}")
    return x
    ### END SOLUTION
'''
SUITE = '''
import pytest
import torch


@pytest.mark.exercise("1.1")
def test_f1_doubles(box):
    """2 becomes 4."""
    values = torch.tensor([2.0])

    def act(lesson):
        doubled = lesson.f1(values)
        values.zero_()
        return doubled

    assert box(act).tolist() == [4.0], "f1(tensor([2.])) should be [4.]"
    assert values.tolist() == [2.0]


@pytest.mark.exercise("1.2")
def test_f2_doubles_twice(box):
    """1 becomes 4."""
    def act(lesson):
        return lesson.f2(torch.ones(1))

    assert box(act).tolist() == [4.0]


@pytest.mark.exercise("1.3")
def test_f3_is_the_same_each_time(box):
    """The box seeds the generators."""
    def act(lesson):
        return lesson.f3()

    assert box(act) == box(act)


@pytest.mark.exercise("1.4")
def test_f4_refuses_negative_numbers(box):
    """The error names the value."""
    def act(lesson):
        return lesson.f4(-3)

    failure = box.error(act)
    assert (failure.type, failure.message) == ("ValueError", "x must not be negative, got -3")
'''
STUB = "exercises/step1/lesson.py"
GAPS = {number: f'raise NotImplementedError("TODO 1.{number}: the {number}th thing")' for number in (1, 2, 3, 4)}
"""The line in the stub that an answer replaces."""


def write_small_course(root: Path) -> Workspace:
    """The whole repository, freshly generated."""
    for folder in ("handwriting_workshop", "grading/mutants/step1", "tests/alternatives/step1", "exercises/step1"):
        (root / folder).mkdir(parents=True)
    (root / "handwriting_workshop" / "lesson.py").write_text(LESSON, encoding="utf-8")
    (root / "grading" / "steps.toml").write_text(COURSE, encoding="utf-8")
    (root / "grading" / "mutants" / "step1" / "1.1-forgot.py").write_text(
        "# fails: test_f1_doubles\nreturn x\n", encoding="utf-8"
    )
    course = load_course(root / "grading" / "steps.toml")
    generate(root, course)
    (root / "exercises" / "step1" / "test_lesson.py").write_text(SUITE, encoding="utf-8")
    return Workspace(root, course)


def answer(root: Path, number: int, code: str) -> None:
    """Write an intern's answer into a gap that is still open."""
    path = root / STUB
    text = path.read_text(encoding="utf-8")
    assert GAPS[number] in text
    path.write_text(text.replace(GAPS[number], code), encoding="utf-8")
