"""`box`, `--target` and the verdict TODO, in a small course of its own."""

import sys
import threading
import time
from pathlib import Path

import pytest

from grading.runtime.box import EndlessError, stopped_after
from tests.small_course import answer, write_small_course

pytest_plugins = ["pytester"]

ON_RANDOM_EXAMPLES = """

from hypothesis import given, strategies as st


@pytest.mark.exercise('1.4')
@given(x=st.integers(0, 9))
def test_f4_any(box, x):
    def act(lesson):
        return lesson.f4(x)

    assert box(act) == x
"""
"""One more test of the small course."""

RECORDS_A_FIGURE = """

@pytest.mark.exercise("1.3")
@pytest.mark.accuracy
def test_f3_is_high(box, record_property):
    '''Much of it.'''
    def act(lesson):
        return lesson.f3()

    value = box(act)
    record_property("accuracy", value)
    assert value >= 0.3
"""
"""Another, with a threshold."""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with a lesson, its stubs and solutions, and a suite of four tests."""
    write_small_course(pytester.path)
    pytester.makeini("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    return pytester


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """Counts of the last line; what the summary calls by our own word included."""
    return {word: count for word, count in result.parseoutcomes().items() if word != "warnings"}


def test_a_test_of_an_exercise_that_there_is_not_is_an_error_of_its_author(suite: pytest.Pytester) -> None:
    """In one line that names the test."""
    path = suite.path / "exercises" / "step1" / "test_lesson.py"
    path.write_text(path.read_text().replace('exercise("1.2")', 'exercise("1.8")'))
    result = suite.runpytest_subprocess("exercises/step1")
    result.stderr.fnmatch_lines(["ERROR: exercises/step1/test_lesson.py::test_f2_doubles_twice: there is no exercise '1.8'; *"])
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


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


@pytest.mark.parametrize(("options", "accounts"), [([], 0), (["-vv"], 1)])
def test_pytests_own_account_is_written_only_where_it_is_shown(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str], accounts: int
) -> None:
    """It takes longer than most tests. With four open gaps and a failure, it is shown by -vv alone, and of the failure.

    Hypothesis asks for accounts as well, which nobody reads.
    """
    answer(suite.path, 1, "return 3 * x")
    with (suite.path / "exercises" / "step1" / "test_lesson.py").open("a", encoding="utf-8") as file:
        file.write(ON_RANDOM_EXAMPLES)
    written: list[str] = []

    def count(item: pytest.Function, failure: pytest.ExceptionInfo[BaseException]) -> object:
        written.append(item.name)
        return original(item, failure)

    original = pytest.Function.repr_failure
    monkeypatch.setattr(pytest.Function, "repr_failure", count)
    result = suite.runpytest_inprocess("exercises/step1", *options)
    assert outcomes(result) == {"failed": 1, "todo": 4}
    assert len(written) == accounts, written


@pytest.mark.parametrize(
    "raised",
    ["__import__('unittest').SkipTest('no')", "__import__('pytest').skip.Exception('no')", "SystemExit(0)"],
)
def test_an_answer_skips_no_test_and_ends_no_run(suite: pytest.Pytester, raised: str) -> None:
    """What it raises fails its own test, and all others are run."""
    answer(suite.path, 1, f"raise {raised}")
    assert outcomes(suite.runpytest_inprocess("exercises/step1")) == {"failed": 1, "todo": 3}


def test_an_answer_that_ends_python_is_told_so_in_a_few_lines(suite: pytest.Pytester) -> None:
    """With its line, and without the course's own frames."""
    answer(suite.path, 1, "raise SystemExit('bye')")
    result = suite.runpytest_inprocess("exercises/step1", "-k", "f1")
    result.stdout.fnmatch_lines(["your code ended Python itself, as `exit()` does: *", "*lesson.py:*: raise SystemExit('bye')"])
    assert "box.py" not in result.stdout.str()


def test_a_test_that_an_earlier_gap_stops_is_blocked(suite: pytest.Pytester) -> None:
    """f2 is written and calls f1, which is not."""
    answer(suite.path, 2, "return f1(f1(x))")
    result = suite.runpytest_inprocess("exercises/step1")
    result.stdout.fnmatch_lines(["1.2 is blocked by TODO 1.1: the 1th thing (*)"])


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


def test_an_endless_loop_is_stopped_once_with_its_line(suite: pytest.Pytester) -> None:
    """Also within a test on random examples, and where the answer catches everything; the exercise's other tests are not run."""
    manifest = suite.path / "grading" / "steps.toml"
    manifest.write_text(manifest.read_text().replace("seconds_per_test = 10", "seconds_per_test = 1"))
    tests = suite.path / "exercises" / "step1" / "test_lesson.py"
    tests.write_text(tests.read_text().replace("def test_f4_refuses", "def test_z_refuses") + ON_RANDOM_EXAMPLES)
    answer(suite.path, 1, "while True:\n        try:\n            sum(range(1000))\n        except Exception:\n            pass")
    answer(suite.path, 4, "while x >= 0:\n        pass\n    raise ValueError(f'x must not be negative, got {x}')")
    result = suite.runpytest_inprocess("exercises/step1")
    assert outcomes(result) == {"failed": 2, "passed": 1, "todo": 2}
    assert result.stdout.str().count("did not come to an end within 1 seconds") == 2
    result.stdout.fnmatch_lines(["*lesson.py:*: while x >= 0:"])
    assert "Traceback" not in result.stdout.str()


def test_a_missing_return_and_a_missing_name_are_said_in_plain_words(suite: pytest.Pytester) -> None:
    """Python's own words stay, with a remark; the same error is told once."""
    answer(suite.path, 1, "2 * x")
    path = suite.path / "exercises" / "step1" / "lesson.py"
    path.write_text(path.read_text().replace("def f3(", "def g3("))
    result = suite.runpytest_inprocess("exercises/step1")
    result.stdout.fnmatch_lines(
        ["*'NoneType' object has no attribute 'tolist'", "the call above gave None: is a `return` missing?"]
    )
    result.stdout.fnmatch_lines(["there is no f3 in lesson.py any more: its name must stay as it was"])


def test_a_right_answer_may_warn(suite: pytest.Pytester) -> None:
    """Libraries warn about much that is right, such as `torch.tensor` of a tensor: that is no failure, as when it is judged."""
    suite.makeini("[pytest]\naddopts = -p grading.runtime.pytest_plugin\nfilterwarnings = error\n")
    answer(suite.path, 1, "return torch.tensor(2 * x)")
    result = suite.runpytest_inprocess("exercises/step1", "-k", "f1")
    assert result.parseoutcomes() == {"passed": 1, "deselected": 3, "warnings": 1}


def test_none_and_plain_numbers_are_named_where_the_tests_own_line_fails(suite: pytest.Pytester) -> None:
    """Inside an act and after it: which call gave None, or a number where a tensor is expected."""
    tests = suite.path / "exercises" / "step1" / "test_lesson.py"
    tests.write_text(tests.read_text().replace("return lesson.f2(torch.ones(1))", "first, _ = lesson.f2(torch.ones(1))"))
    answer(suite.path, 1, "return 3")
    answer(suite.path, 2, "f1(x)")
    result = suite.runpytest_inprocess("exercises/step1")
    result.stdout.fnmatch_lines(
        [
            "*'int' object has no attribute 'tolist'",
            "the call above gave a plain number, int, where a tensor is expected",
            "*cannot unpack non-iterable NoneType object",
            "the call above gave None: is a `return` missing?",
        ]
    )


@pytest.mark.parametrize(
    ("given", "used", "said"),
    [
        ("[3.0]", "tolist()", "the call above gave a list where a tensor is expected"),
        ("x.numpy()", "double()", "the call above gave an array of numpy where a tensor is expected"),
        ("(x, x)", "mean", "the call above gave a tuple where an object with .mean is expected"),
        ("(x, x)", "images", "the call above gave a tuple where an object with .images is expected"),
        ("(x, x)", "__getitem__((0, 0))", "the call above gave a tuple where a tensor is expected"),
        ("x", "mean(dim=1)", "the call above gave something of another shape than is expected: *"),
    ],
)
def test_what_was_given_in_place_of_a_tensor_is_named(suite: pytest.Pytester, given: str, used: str, said: str) -> None:
    """Where a test's own line fails on it, in Python's or PyTorch's words; a line of the answer needs no such remark."""
    tests = suite.path / "exercises" / "step1" / "test_lesson.py"
    tests.write_text(tests.read_text().replace("lesson.f1(values)", f"lesson.f1(values).{used}"))
    answer(suite.path, 1, f"return {given}")
    suite.runpytest_inprocess("exercises/step1", "-k", "f1").stdout.fnmatch_lines([said])
    lesson = suite.path / "exercises" / "step1" / "lesson.py"
    lesson.write_text(lesson.read_text().replace(f"return {given}", f"return ({given}).{used}"))
    suite.runpytest_inprocess("exercises/step1", "-k", "f1").stdout.no_fnmatch_line("the call above gave *")


def test_a_layer_in_place_of_its_result_is_called_that(suite: pytest.Pytester) -> None:
    """`return nn.ReLU(x)` is a mistake that many make, and Python finds nothing wrong with it."""
    answer(suite.path, 1, "return torch.nn.ReLU()")
    result = suite.runpytest_inprocess("exercises/step1", "-k", "f1")
    result.stdout.fnmatch_lines(["TypeError: the call gave a ReLU: that is a layer itself, not what it makes of its input (*"])


def test_a_file_that_is_gone_is_told_once_for_a_test_with_the_way_out(suite: pytest.Pytester) -> None:
    """Nothing of pytest's own account of one error during another."""
    (suite.path / "exercises" / "step1" / "lesson.py").unlink()
    result = suite.runpytest_inprocess("exercises/step1", "-k", "f1")
    told = [line for line in result.outlines if "lesson.py to test" in line]
    assert len(told) == 1
    assert told[0].endswith("(target exercises); workshop reset step1/lesson puts it back")
    assert "During handling" not in result.stdout.str()


def test_what_a_test_with_parameters_calls_is_shown_once(suite: pytest.Pytester) -> None:
    """A longer act that fails with two parameters; each failure has its own numbers."""
    tests = suite.path / "exercises" / "step1" / "test_lesson.py"
    text = (
        tests.read_text()
        .replace("    values = torch.tensor([2.0])", "    values = torch.tensor([start])")
        .replace(
            '@pytest.mark.exercise("1.1")\ndef test_f1_doubles(box)',
            '@pytest.mark.exercise("1.1")\n@pytest.mark.parametrize("start", [2.0, 5.0])\ndef test_f1_doubles(box, start)',
        )
    )
    act = "        doubled = lesson.f1(values)\n"
    text = text.replace(act, f"        calm = 1\n{act}").replace(
        '[4.0], "f1(tensor([2.])) should', '[2 * start], f"f1({start}) should'
    )
    tests.write_text(text)
    answer(suite.path, 1, "return 3 * x")
    told = suite.runpytest_inprocess("exercises/step1", "--exercise", "1.1").stdout.str()
    assert told.count("doubled = lesson.f1(values)") == told.count("    (as in test_f1_doubles[2.0])") == 1
    assert "f1(2.0) should" in told
    assert "f1(5.0) should" in told


def test_a_finished_step_says_how_to_hand_it_in(suite: pytest.Pytester) -> None:
    """As soon as all of its exercises that count pass, and not before."""
    done = "all that counts in step 1 passes; to hand it in: workshop submit step1"
    for number, text in enumerate(("return 2 * x", "return f1(f1(x))", "return float(torch.rand(()))"), start=1):
        answer(suite.path, number, text)
    suite.runpytest_inprocess("exercises/step1").stdout.no_fnmatch_line(done)
    answer(suite.path, 4, "if x < 0:\n        raise ValueError(f'x must not be negative, got {x}')\n    return x")
    suite.runpytest_inprocess("exercises/step1").stdout.fnmatch_lines([done])


def test_an_error_in_another_exercises_line_says_so(suite: pytest.Pytester) -> None:
    """f2 is right and calls f1, which fails."""
    answer(suite.path, 1, "return x @ 3")
    answer(suite.path, 2, "return f1(f1(x))")
    result = suite.runpytest_inprocess("exercises/step1", "--exercise", "1.2")
    result.stdout.fnmatch_lines(["this line belongs to 1.1 f1: is that one right, and what it was given?"])


def test_an_exercise_of_another_folder_is_a_usage_error(suite: pytest.Pytester) -> None:
    """It says where its tests are."""
    (suite.path / "exercises" / "step1" / "test_lesson.py").write_text(
        "import pytest\n\n\n@pytest.mark.exercise('1.1')\ndef test_f1(box):\n    assert box\n"
    )
    result = suite.runpytest_inprocess("exercises/step1", "--exercise", "1.2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines_random(["*no test of 1.2 lies here: pytest exercises/step1*"])


def test_an_act_that_swallows_its_end_is_stopped_again_in_a_thread() -> None:
    """Where there is no signal, as on Windows: again and again until the act has ended, and not after it."""
    seen: list[str] = []

    def wait(seconds: float) -> None:
        for _ in range(int(seconds / 0.01)):
            time.sleep(0.01)

    def act() -> None:
        try:
            with stopped_after(0.1):
                for time_to_go in ("first", "second"):
                    try:
                        wait(20)
                    except EndlessError:
                        seen.append(time_to_go)
                wait(20)
        except EndlessError:
            seen.append("stopped")
        wait(2)
        seen.append("afterwards")

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join()
    assert seen == ["first", "second", "stopped", "afterwards"]


def test_a_sweep_tells_what_fails_by_luck_and_what_models_reached(suite: pytest.Pytester) -> None:
    """Four seeds, of which one gives too little: the test that failed, how often, and mean and least of what it recorded."""
    with (suite.path / "exercises" / "step1" / "test_lesson.py").open("a", encoding="utf-8") as file:
        file.write(RECORDS_A_FIGURE)
    program = "import pathlib, sys; from grading.runtime import sweep; sweep.ROOT = pathlib.Path.cwd(); sys.exit(sweep.main())"
    result = suite.run(sys.executable, "-c", program, "--accuracy", "--seeds", "4", "--threads", "1")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "1 thread(s), seed 0: 1 passed, 0 failed",
            "1 thread(s), seed 3: 0 passed, 1 failed",
            "  test_lesson.py::test_f3_is_high: 1.3 f3: Much of it.",
            "*runs*mean*standard deviation*mean - 4 sd*least",
            "test_lesson.py::test_f3_is_high: accuracy *4  0.468*0.004",
            "test_lesson.py::test_f3_is_high failed in 1 of 4 runs",
        ]
    )
