"""`box`, `--target` and the verdict TODO, in a small course of its own."""

from pathlib import Path

import pytest

from grading.authoring.generate import generate
from grading.manifest import load_course
from tests.test_manifest import COURSE

pytest_plugins = ["pytester"]

LESSON = '''"""Lesson."""

import torch


def f1(x: torch.Tensor) -> torch.Tensor:
    """Twice as much."""
    ### BEGIN SOLUTION 1.1
    return 2 * x
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

    assert box(act).tolist() == [4.0]
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


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with a lesson, its stubs and solutions, and a suite of four tests."""
    root = pytester.path
    for folder in ("handwriting_workshop", "grading/mutants/step1", "exercises/step1"):
        (root / folder).mkdir(parents=True)
    (root / "handwriting_workshop" / "lesson.py").write_text(LESSON)
    (root / "grading" / "steps.toml").write_text(COURSE)
    (root / "grading" / "mutants" / "step1" / "1.1-forgot.py").write_text("return x\n")
    generate(root, load_course(root / "grading" / "steps.toml"))
    (root / "exercises" / "step1" / "test_lesson.py").write_text(SUITE)
    pytester.makeini("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    return pytester


def edit(suite: pytest.Pytester, old: str, new: str) -> None:
    """Change the intern's file."""
    path = suite.path / "exercises" / "step1" / "lesson.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """Counts of the last line; what the summary calls by our own word included."""
    return {word: count for word, count in result.parseoutcomes().items() if word != "warnings"}


@pytest.mark.parametrize("target", ["solutions", "reference"])
def test_right_answers_pass(suite: pytest.Pytester, target: str) -> None:
    """All four tests, and the output says what was tested."""
    result = suite.runpytest_inprocess("exercises/step1", "--target", target)
    assert outcomes(result) == {"passed": 4}
    result.stdout.fnmatch_lines([f"workshop: target {target}"])


def test_open_gaps_are_todo_and_nothing_else(suite: pytest.Pytester) -> None:
    """Letter T, one line per gap with its place, no traceback, exit code 1."""
    result = suite.runpytest_inprocess("exercises/step1")
    assert outcomes(result) == {"todo": 4}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*test_lesson.py TTTT*", "*still to do*", "TODO 1.1: the 1th thing (*exercises/step1/lesson.py:*)"]
    )
    assert "Traceback" not in result.stdout.str()
    assert "NotImplementedError" not in result.stdout.str()


def test_a_test_that_an_earlier_gap_stops_is_blocked(suite: pytest.Pytester) -> None:
    """f2 is written and calls f1, which is not."""
    edit(suite, 'raise NotImplementedError("TODO 1.2: the 2th thing")', "return f1(f1(x))")
    result = suite.runpytest_inprocess("exercises/step1")
    result.stdout.fnmatch_lines(["blocked by TODO 1.1: the 1th thing (*)"])


def test_the_interns_file_is_tested_by_default(suite: pytest.Pytester) -> None:
    """A wrong answer in exercises/ fails although the reference and the solutions are right."""
    edit(suite, 'raise NotImplementedError("TODO 1.1: the 1th thing")', "return 3 * x")
    assert outcomes(suite.runpytest_inprocess("exercises/step1", "-k", "f1")) == {"failed": 1, "deselected": 3}


def test_a_mutant_fails_the_test_that_is_made_for_it(suite: pytest.Pytester) -> None:
    """The wrong answer stands in one gap of the reference."""
    result = suite.runpytest_inprocess("exercises/step1", "--target", "mutant:1.1-forgot")
    assert outcomes(result) == {"failed": 2, "passed": 2}


def test_a_file_or_folder_of_ones_own_can_be_tested(suite: pytest.Pytester) -> None:
    """A single file, and a folder with one folder per step."""
    path = Path("answers/step1/lesson.py")
    (suite.path / path).parent.mkdir(parents=True)
    (suite.path / path).write_text((suite.path / "solutions" / "step1" / "lesson.py").read_text())
    for target in ("answers", str(path)):
        assert outcomes(suite.runpytest_inprocess("exercises/step1", "--target", target)) == {"passed": 4}


@pytest.mark.parametrize("target", ["solution", "mutant:1.1-nothing"])
def test_an_unknown_target_is_a_usage_error(suite: pytest.Pytester, target: str) -> None:
    """It names the choices; no test runs."""
    result = suite.runpytest_inprocess("exercises/step1", "--target", target)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines_random(["*1.1-forgot*" if ":" in target else "*choose exercises, solutions, reference*"])


def test_a_line_that_python_cannot_read_is_told_of_once(suite: pytest.Pytester) -> None:
    """File, line and text; the other tests of the file refer to it."""
    edit(suite, 'raise NotImplementedError("TODO 1.1: the 1th thing")', "return 2 *")
    result = suite.runpytest_inprocess("exercises/step1", "-rN")  # without the short summary, which differs in CI
    assert outcomes(result) == {"failed": 4}
    assert result.stdout.str().count("Python cannot read this line") == 1
    result.stdout.fnmatch_lines(["*lesson.py cannot be read, see above*"])


def test_the_modules_of_the_process_are_as_they_were(suite: pytest.Pytester) -> None:
    """A step's tests leave no module of theirs behind."""
    import handwriting_workshop
    from handwriting_workshop import samples

    suite.runpytest_inprocess("exercises/step1", "--target", "solutions")
    assert not hasattr(handwriting_workshop, "lesson")
    assert handwriting_workshop.samples is samples
