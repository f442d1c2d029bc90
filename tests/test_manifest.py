"""The course's manifest: what it says, and what is wrong with one, with file and line."""

import re
from pathlib import Path

import pytest

from grading.manifest import Course, ManifestError, load_course

EXERCISE = """
[[steps.exercises]]
id = "1.{number}"
name = "f{number}"
module = "lesson"
goal = "the {number}th thing"
difficulty = 2
minutes = 10
points = 3
hints = ["look", "think", "write"]
mistakes = [{{ name = "forgot", hint = "you forgot" }}, {{ name = "twice", hint = "once is enough" }}]
"""
STEP = '[[steps]]\nnumber = 1\ntitle = "Lessons"\nseconds_per_test = 10\n'
COURSE = STEP + "".join(EXERCISE.format(number=number) for number in (1, 2, 3, 4))


def loaded(tmp_path: Path, text: str) -> Course:
    """The course that a text describes."""
    path = tmp_path / "steps.toml"
    path.write_text(text, encoding="utf-8")
    return load_course(path)


def test_a_course_has_steps_exercises_and_points(tmp_path: Path) -> None:
    """One step of four exercises of 3 points in one module; exercises are found by their numbers."""
    course = loaded(tmp_path, COURSE)
    (step,) = course.steps
    assert (step.folder, step.modules, step.points) == ("step1", ("lesson",), 12)
    assert course.step(1) is step
    assert course.exercise("1.3").goal == "the 3th thing"
    assert [exercise.id for exercise in course.exercises()] == ["1.1", "1.2", "1.3", "1.4"]


@pytest.mark.parametrize(
    ("number", "message"), [("1.9", "choose among: 1.1, 1.2, 1.3, 1.4"), ("7.1", "exercises have numbers from 1.1 to 1.4")]
)
def test_an_unknown_exercise_is_answered_with_those_that_there_are(tmp_path: Path, number: str, message: str) -> None:
    """Those of its step, or else the first and the last of all."""
    with pytest.raises(KeyError, match=re.escape(message)):
        loaded(tmp_path, COURSE).exercise(number)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("difficulty = 2", "difficulty = 6", 7, "1.1: difficulty must lie in 1…5, got 6"),
        ("minutes = 10", "minutes = 45", 7, "minutes must lie in 5…30, got 45"),
        ("points = 3", "points = 0", 7, "has points, or is optional and has none"),
        ('"look", ', "", 7, "there must be 3 hints"),
        (', { name = "twice", hint = "once is enough" }', "", 7, "at least two known mistakes"),
        ('hint = "once is enough"', 'hint = " "', 7, "each of its mistakes needs a hint"),
        ('name = "twice"', 'name = "forgot"', 7, "two of its mistakes have one name"),
        ('name = "forgot"', 'name = "For got"', 7, "got 'For got'"),
        ("the 1th thing", "Do it.", 7, "without a full stop"),
        ('id = "1.2"', 'id = "1.1"', 2, "must be numbered 1.1, 1.2, 1.3, 1.4"),
        ("seconds_per_test = 10", "seconds_per_test = 0", 2, "at least 1, got 0"),
        ("number = 1\n", "number = 2\n", 2, "must be numbered 2.1, 2.2, 2.3, 2.4"),
        ("minutes = 10", 'minutes = "ten"', 6, "Expected `int`, got `str`"),
        ("goal = ", "gaol = ", 6, "unknown field `gaol`"),
        ("hints = ", "# hints = ", 6, "missing required field `hints`"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    """The line of the exercise or step that it is about."""
    assert old in COURSE
    with pytest.raises(ManifestError, match=re.escape(message)) as caught:
        loaded(tmp_path, COURSE.replace(old, new, 1))
    assert f"steps.toml:{line}: " in str(caught.value)


def test_a_step_has_four_to_seven_exercises_that_count(tmp_path: Path) -> None:
    """Three are too few, also with an optional one beside them."""
    few = COURSE.replace("points = 3", "points = 0\noptional = true", 1)
    with pytest.raises(ManifestError, match="has 3 exercises that count; a step has four to seven"):
        loaded(tmp_path, few)


def test_text_that_is_no_toml_is_an_error_of_its_own(tmp_path: Path) -> None:
    """With the file's name."""
    with pytest.raises(ManifestError, match=r"steps\.toml: "):
        loaded(tmp_path, "[[steps")


def test_a_step_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    """Steps stand in the order of their numbers."""
    path = tmp_path / "steps.toml"
    path.write_text(COURSE + COURSE)
    with pytest.raises(ManifestError, match="each once; got 1, 1"):
        load_course(path)


def test_a_step_is_found_by_its_number_or_its_folder_and_nothing_else(tmp_path: Path) -> None:
    """No other way to write a number, which one command would understand and another not."""
    course = loaded(tmp_path, COURSE)
    assert course.find_step("1") is course.find_step("step1") is course.steps[0]
    for name in ("step01", "01", " 1", "+1", "\u0661", "stepstep1", "Step1", "1.1", "step", ""):
        with pytest.raises(KeyError, match=re.escape(f"there is no step {name!r}; choose one of step1")):
            course.find_step(name)
