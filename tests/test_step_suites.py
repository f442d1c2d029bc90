"""`box`, `--target` and the verdict TODO, in a small course of its own."""

from pathlib import Path

import pytest

from tests.small_course import answer, write_small_course

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with a lesson, its stubs and solutions, and a suite of four tests."""
    write_small_course(pytester.path)
    pytester.makeini("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    return pytester


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
    answer(suite.path, 2, "return f1(f1(x))")
    result = suite.runpytest_inprocess("exercises/step1")
    result.stdout.fnmatch_lines(["blocked by TODO 1.1: the 1th thing (*)"])


def test_the_interns_file_is_tested_by_default(suite: pytest.Pytester) -> None:
    """A wrong answer in exercises/ fails although the reference and the solutions are right."""
    answer(suite.path, 1, "return 3 * x")
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
    answer(suite.path, 1, "return 2 *")
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
