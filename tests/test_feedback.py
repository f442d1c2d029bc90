"""What a student reads about an exercise: what fails first, all else folded, and everything that an answer said is text."""

import re
from collections.abc import Callable

import bleach
import msgspec
import pytest

from grading.classroom.explanations import as_html, as_text, reason_without_tests, state_of
from grading.classroom.nbgrader_plugin import harmless_markdown
from grading.classroom.scoring import Line, summary
from grading.judging.results import ExerciseResult, Outcome, TestResult, judge_exercise
from grading.manifest import load_course
from grading.runtime.messages import side_by_side
from tests.small_class import refused, unjudged

EXERCISE = load_course().exercise("3.2")
HIDDEN = "test_models_hidden.py::test_any"


def result(*tests: tuple[str, Outcome, str], hidden: Outcome = "failed", feedback: tuple[str, ...] = ()) -> ExerciseResult:
    """An exercise with public tests (name, outcome, message) and a hidden one."""
    found = {f"test_models.py::test_{name}": (outcome, message) for name, outcome, message in tests} | {HIDDEN: (hidden, "")}
    outcomes = {test: TestResult(id=test, outcome=outcome, message=message) for test, (outcome, message) in found.items()}
    return judge_exercise(EXERCISE.id, EXERCISE.points, list(found), outcomes, [HIDDEN], feedback=feedback)


def unfolded(page: str) -> str:
    """What is read without opening anything."""
    closed = re.sub(r"(<details><summary[^>]*>.*?</summary>).*?</details>", r"\1", page, flags=re.DOTALL)
    return bleach.clean(closed, tags=set(), strip=True)


def test_what_fails_comes_first_and_only_its_first_message_is_unfolded() -> None:
    """Then what may help; what passed is one line, and so is the code."""
    found = result(
        ("a_shape", "passed", ""), ("b_sum", "failed", "got 1"), ("c_mean", "failed", "got 2"), ("d_two", "failed", "got 1")
    )
    page = as_html(EXERCISE, found, "", "def forward(): ...")
    read = unfolded(page)
    order = ["3.2", "wrong", "✗ b sum", "got 1", "✗ c mean", "✗ d two", "a hidden test", "Hint:", "✓ 1 test passed", "The code"]
    assert [text for text in order if text not in read] == []
    assert sorted(order, key=read.index) == order
    assert page.count("got 1") == 1, "the same message twice"
    assert "got 2" in page
    assert not [text for text in ("got 2", "a shape", "def forward") if text in read]


def test_gaps_that_are_open_take_one_line() -> None:
    """Whatever the number of tests."""
    page = as_html(EXERCISE, result(("a", "todo", "TODO 3.2"), ("b", "todo", "TODO 3.2"), hidden="todo"), "", "")
    assert unfolded(page).endswith("still open\n○ 3 tests (still open)")


@pytest.mark.parametrize("known", [True, False])
def test_there_is_one_hint_that_of_a_known_mistake_if_it_was_recognised(known: bool) -> None:
    """How public tests were counted is no hint, and takes none away."""
    mistake = EXERCISE.mistakes[0].hint
    found = result(("a", "passed", ""), ("b", "failed", "no"), feedback=(mistake,) if known else ())
    page = unfolded(as_html(EXERCISE, found, "", ""))
    assert page.count("Hint:") == 1
    assert bleach.clean(mistake if known else EXERCISE.hints[0]) in page
    assert "Note: no test on random input passed" in page


def test_a_picture_in_a_message_keeps_its_lines() -> None:
    """On a small screen it is scrolled; sentences are wrapped."""
    import numpy as np

    picture = side_by_side({"yours": np.eye(34), "expected": np.eye(34)[::-1]})
    page = as_html(EXERCISE, result(("a", "failed", f"call\n\n{picture}"), ("b", "failed", "a sentence")), "", "")
    drawn, sentence = re.findall(r"<pre style='([^']*)'>", page)
    assert picture in page
    assert drawn.endswith("white-space: pre")
    assert sentence.endswith("white-space: pre-wrap")


@pytest.mark.parametrize("form", [as_html, as_text])
def test_only_a_judge_that_failed_leaves_points_open(form: Callable[..., str]) -> None:
    """What was refused has 0 points, here as in the table above it."""
    for result_of_step, worth in ((refused("ann"), "0 of"), (unjudged("ann"), "no points yet, of")):
        reason = reason_without_tests(result_of_step, EXERCISE, ())
        assert f"{EXERCISE.name}: {worth} {EXERCISE.points}" in form(EXERCISE, None, reason, "")


@pytest.mark.parametrize("text", ["</pre><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "' onclick='alert(1)"])
def test_whatever_an_answer_says_is_text(text: str) -> None:
    """In a message, a fault, a name of a case, a reason, and code."""
    found = msgspec.structs.replace(result((f"a[{text}]", "failed", text), ("b", "failed", text * 2)), fault=text)
    for page in (as_html(EXERCISE, found, "", text), as_html(EXERCISE, None, text, text)):
        assert not re.search(r"<(script|img)|<[^>]*onclick", page)
    assert state_of(found, "") == "wrong"
    assert state_of(None, text) == "not judged"


def test_a_picture_that_is_not_there_leaves_its_name() -> None:
    """One that was too large or no picture, or was never there; those that came are shown."""
    cell = {"attachments": {"a.png": {"image/png": "aGk="}}}
    page = harmless_markdown({"cell": cell}, "![one](attachment:a.png) ![gone](attachment:b.svg)")
    assert re.search(r'<img[^>]* src="data:image/png;base64,aGk="', page)
    assert re.search(r'<img[^>]* alt="gone"', page)


def test_the_table_survives_what_takes_scripts_out_of_pages() -> None:
    """Names with underscores stay whole, links lead to a cell, and what is odd stands above."""
    lines = [Line(what="2.6 BatchLoader.__iter__", points="1 of 5 points", state="wrong", anchor="cell-id=abc")]
    text = summary("Step: 1 of 5 points", ["a `tick`, a $dollar$ and <b>.", "late"], lines, ["after_all_"])
    page = harmless_markdown({}, text)
    assert '<td><a href="#cell-id=abc">2.6 BatchLoader.__iter__</a></td><td>1 of 5 points</td><td>wrong</td>' in page
    assert page.index("late.") < page.index("<table") < page.index("after_all_")
    assert "<b>" not in page
