"""Results: points over expected tests, the same bytes each time, files that are whole or not there, and going on after a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.files import write_atomically
from grading.judging.judge import as_line
from grading.judging.results import (
    DamagedError,
    Durations,
    ExerciseResult,
    StepResult,
    TestResult,
    common_reasons,
    durations_path,
    failed_judge,
    graded,
    is_done,
    judge_exercise,
    load,
    printable,
    rejected,
    result_path,
    save,
    to_bytes,
)

ROOT = Path(__file__).parents[1]
TESTS = ("test_a", "test_b", "test_c")


def outcomes(**given: str) -> dict[str, TestResult]:
    """Outcome of each test by its letter."""
    return {f"test_{letter}": TestResult(id=f"test_{letter}", outcome=outcome) for letter, outcome in given.items()}


def judged(points: int = 2, expected: Any = TESTS, decisive: Any = TESTS, **given: str) -> ExerciseResult:
    """Exercise 3.2 with these outcomes."""
    return judge_exercise("3.2", points, expected, outcomes(**given), decisive)


def a_result(name: str = "ann", digest: str = "d1", **given: str) -> StepResult:
    """A result of one exercise."""
    return graded(name, "step3", digest, [judged(**(given or {"a": "passed"}))], course="c1", versions={"torch": "2", "a": "1"})


# --- Points -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ({"a": "passed", "b": "passed", "c": "passed"}, 2.0),
        ({"a": "passed", "b": "passed"}, 1.33),
        ({"a": "passed", "b": "skipped", "c": "timeout"}, 0.67),
        ({"a": "crashed", "b": "todo", "c": "refused"}, 0.0),
        ({}, 0.0),
        ({"a": "passed", "b": "passed", "c": "failed", "d": "passed", "e": "passed"}, 1.33),
    ],
)
def test_points_are_divided_over_the_expected_tests(given: dict[str, str], points: float) -> None:
    """Only `passed` counts; a test that is missing is 0, and one that nobody expects adds nothing."""
    result = judged(**given)
    assert (result.points, result.out_of) == (points, 2)
    assert [test.id for test in result.tests] == list(TESTS)
    assert [test.outcome for test in result.tests] == [given.get(letter, "missing") for letter in "abc"]


def test_tests_can_have_weights() -> None:
    """3 of 4 parts of 10 points."""
    assert judged(10, {"test_a": 3, "test_b": 1}, a="passed", b="failed").points == 7.5


@pytest.mark.parametrize(
    ("given", "points"), [({"a": "passed", "b": "passed"}, 0.0), ({"c": "passed"}, 0.67), ({"a": "passed", "c": "passed"}, 1.33)]
)
def test_without_a_decisive_test_an_exercise_is_worth_nothing(given: dict[str, str], points: float) -> None:
    """What could be answered without doing the work never earns points alone, and the result says so."""
    result = judged(decisive={"test_c", "of_another_exercise"}, **given)
    assert result.points == points
    assert any("random input" in line for line in result.feedback) == (points == 0)


@pytest.mark.parametrize(
    ("given", "points", "told"),
    [
        ("aB", 3.75, "1 of 2 tests on random input passed"),  # a quarter for B, and half of one for a
        ("abB", 5.0, "1 of 2 tests on random input passed"),
        ("abBC", 10.0, ""),
        ("BC", 5.0, ""),
        ("aBC", 7.5, ""),
        ("B", 2.5, ""),
        ("ab", 0.0, "worth nothing"),
    ],
)
def test_public_tests_count_by_the_share_of_decisive_ones(given: str, points: float, told: str) -> None:
    """Whoever knows public answers by heart gets no more by it than the real work on random inputs allows."""
    names = ("test_a", "test_b", "test_B", "test_C")
    passed = dict.fromkeys(given, "passed")
    result = judged(10, names, names[2:], **passed)
    assert result.points == points
    assert told in " ".join(result.feedback)
    assert bool(result.feedback) == bool(told)


@given(st.integers(0, 50), st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=40))
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_full_is_exactly_full_and_nothing_else_is(points: int, tests: list[tuple[int, bool]]) -> None:
    """The nearest hundredth of the passed part; short of it by a hundredth if it would be all and is not."""
    expected = {f"test_{number}": weight for number, (weight, _) in enumerate(tests)}
    given = {f"{number}": "passed" if passed else "failed" for number, (_, passed) in enumerate(tests)}
    result = judge_exercise("3.2", points, expected, outcomes(**given), set(expected))
    exact = points * sum(weight for weight, passed in tests if passed) / sum(expected.values())
    assert abs(result.points - exact) <= 0.0101
    assert result.points == round(result.points, 2)
    if points:
        assert (result.points == points) == all(passed for _, passed in tests)


def test_a_thousandth_short_is_not_full() -> None:
    """999 of 1,000 tests on 1 point are 0.99, although 0.999 rounds to 1; all are 1."""
    names = [f"test_{number}" for number in range(1000)]
    for failed, points in ((1, 0.99), (0, 1.0)):
        given = {str(number): "passed" for number in range(1000 - failed)}
        assert judge_exercise("3.2", 1, names, outcomes(**given), names).points == points


def test_a_step_is_the_exact_sum_of_its_exercises() -> None:
    """Hundredths are added, not floats: 30 times 0.1 are 3."""
    exercises = [judged(1, [f"test_{letter}" for letter in "abcdefghij"], ["test_a"], a="passed") for _ in range(30)]
    result = graded("ann", "step3", "d1", exercises)
    assert (result.points, result.out_of, result.state) == (3.0, 30, "graded")


@pytest.mark.parametrize(
    ("expected", "decisive", "message"),
    [
        ([], TESTS, "needs tests"),
        (["test_a", "test_a"], TESTS, "each once"),
        ({"test_a": 0}, TESTS, "at least 1"),
        (TESTS, [], "no hidden test"),
        (TESTS, ["test_d"], "no hidden test"),
    ],
)
def test_a_course_that_cannot_be_judged_is_an_error(expected: Any, decisive: Any, message: str) -> None:
    """It is the grader's fault, and so never points."""
    with pytest.raises(ValueError, match=message):
        judged(expected=expected, decisive=decisive)


def test_an_outcome_under_another_name_is_an_error() -> None:
    """Nothing passes for another test."""
    with pytest.raises(ValueError, match="that of another test"):
        judge_exercise("3.2", 2, TESTS, {"test_a": TestResult(id="test_b", outcome="passed")}, TESTS)


# --- States and feedback ------------------------------------------------------------------------------------------------------


def test_states_keep_the_faults_of_answers_and_of_the_judge_apart() -> None:
    """A crash of the answer leaves points; a rejected one has 0; a judge that failed gives no points, not even 0."""
    crashed = judge_exercise("3.2", 2, TESTS, outcomes(a="passed", b="crashed"), TESTS, fault="the worker ended with signal 11")
    assert (graded("ann", "step3", "d1", [crashed]).state, crashed.points) == ("graded_with_faults", 0.67)
    refused = rejected("ann", "step3", "models.py: this is a link", 12)
    assert (refused.state, refused.points, refused.out_of) == ("rejected_intake", 0.0, 12)
    failed = failed_judge("ann", "step3", "d1", "no space left", 12)
    assert (failed.state, failed.points) == ("infra_error", None)
    with pytest.raises(ValueError, match="has points unless the judge failed"):
        msgspec.structs.replace(failed, points=0.0)


def exercises_that_fail(message: str, file: str = "models", **other: str) -> list[ExerciseResult]:
    """Two exercises, each with two public tests with this message and a hidden one; `other` are outcomes of the first one's."""
    names = [f"test_{file}.py::test_a", f"test_{file}.py::test_b", f"test_{file}_hidden.py::test_c"]
    kind = message.partition(" ")[0].rstrip(":")
    found = {name: TestResult(id=name, outcome="failed", message=kind if "hidden" in name else message) for name in names}
    first = found | {name: TestResult(id=name, outcome=other[name[-1]]) for name in names if name[-1] in other}
    return [judge_exercise(number, 2, names, tests, names[2:]) for number, tests in (("3.1", first), ("3.2", found))]


def test_a_file_that_python_cannot_read_is_named_once_with_its_line() -> None:
    """However many tests say it; the judge's line has it, although the state is `graded`."""
    broken = exercises_that_fail("SyntaxError: expected ':' (models.py, line 58)")
    result = graded("cleo", "step3", "d1", broken, feedback=common_reasons(broken))
    reason = "models.py, line 58: Python cannot read this (expected ':'); nothing in the file counts"
    assert result.feedback == (reason,)
    assert as_line(result).endswith(f"0.00 of 4  {reason}")
    assert common_reasons([*broken, *exercises_that_fail(broken[0].tests[0].message, "more")]) == (reason,)


def test_a_long_name_leaves_room_for_the_points() -> None:
    """A file's name may have 255 bytes, and a terminal's line has 80 columns or 160."""
    result = graded("n" * 250, "step5", "d1", [])
    assert " 0.00 of 0" in as_line(result)
    assert len(as_line(result)) <= 160


def test_a_file_that_cannot_be_imported_is_named_with_the_error() -> None:
    """Whatever all public tests of a module say is its reason; with any other outcome among them, there is none."""
    told = "NameError in line 13: name 'undefined' is not defined"
    assert common_reasons(exercises_that_fail(told)) == (f"models.py: every test fails alike: {told}",)
    for outcome in ("passed", "todo", "missing"):
        assert common_reasons(exercises_that_fail(told, a=outcome)) == ()
    assert common_reasons([exercises_that_fail(told)[0], exercises_that_fail("another: message")[1]]) == ()
    assert common_reasons([]) == ()
    (line,) = common_reasons(exercises_that_fail("ValueError: \n\x1b[2Jeve   23.00 of 23\n" + "x" * 9000))
    assert line.isprintable()
    assert len(line) < 400


def test_nothing_that_a_student_says_moves_a_cursor() -> None:
    """Terminal codes, turned writing, halves of characters and zero bytes are spelled out; lines, tabs and umlauts stay."""
    assert printable("ä\tb\n\x1b[2J\u202e\ud800\0\r\x9b") == "ä\tb\n\\x1b[2J\\u202e\\ud800\\x00\\r\\x9b"
    assert len(printable("x" * 10**6)) < 5000
    test = TestResult(id="test_a", outcome="failed", message="\x1b]0;owned\a<script>")
    result = judge_exercise("3.2", 2, TESTS, {"test_a": test}, TESTS, feedback=["\x1b"], fault="\x1b")
    assert result.tests[0].message == "\\x1b]0;owned\\x07<script>"
    assert (result.feedback, result.fault) == (("\\x1b",), "\\x1b")


# --- Files --------------------------------------------------------------------------------------------------------------------


def test_a_result_comes_back_from_its_file(tmp_path: Path) -> None:
    """With its name, states and points; JSON that other programs can read."""
    result = a_result(a="passed", b="failed")
    path = save(tmp_path, result)
    assert path == tmp_path / "step3" / "ann.json"
    assert load(path) == result
    assert msgspec.json.decode(path.read_bytes())["result"]["points"] == 0.67


def test_results_are_the_same_bytes_whatever_the_order_of_what_is_known(tmp_path: Path) -> None:
    """Outcomes and versions in another order, another hash seed, other durations: the same file."""
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from grading.judging.results import TestResult, graded, judge_exercise, to_bytes\n"
        "names = {'test_a', 'test_b', 'test_c'}\n"
        "given = {name: TestResult(id=name, outcome='passed') for name in names}\n"
        "exercise = judge_exercise('3.2', 2, ['test_a', 'test_b', 'test_c'], given, names)\n"
        "versions = {name: '1' for name in names}\n"
        "sys.stdout.buffer.write(to_bytes(graded('ann', 'step3', 'd1', [exercise], versions=versions)))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in "123"
    }
    assert len(runs) == 1
    files = []
    for number in (1, 2):
        durations = Durations(name="ann", step="step3", digest="d1", seconds=number / 3, exercises={"3.2": number / 7})
        files.append(save(tmp_path / str(number), a_result(), durations))
    assert files[0].read_bytes() == files[1].read_bytes()
    stored = [durations_path(tmp_path / number, "step3", "ann").read_bytes() for number in "12"]
    assert stored[0] != stored[1]
    assert msgspec.json.decode(stored[0], type=Durations).seconds == 1 / 3


def test_a_damaged_file_is_never_a_result(tmp_path: Path) -> None:
    """Cut off anywhere, or with one byte changed anywhere, it is damaged and not done; other keys do not open it."""
    path = save(tmp_path, a_result())
    whole = path.read_bytes()
    for place in range(len(whole)):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            path.write_bytes(data)
            with pytest.raises(DamagedError):
                load(path)
    assert not is_done(tmp_path, "d1", step="step3", name="ann", course="c1")
    for data in (whole + b" ", b"[" * 100_000, b"\xff", b"null", whole.replace(b'"points": 0.67', b'"points": 0.670')):
        path.write_bytes(data)
        with pytest.raises(DamagedError):
            load(path)
    path.write_bytes(whole)
    assert load(path) == a_result()
    with pytest.raises(DamagedError):
        load(path, key=b"another")


def test_a_seal_with_a_key_cannot_be_made_without_it(tmp_path: Path) -> None:
    """Points edited and sealed again by somebody else are damage."""
    path = save(tmp_path, a_result(), key=b"secret")
    assert load(path, key=b"secret") == a_result()
    path.write_bytes(to_bytes(msgspec.structs.replace(a_result(), points=2.0)))
    with pytest.raises(DamagedError, match="by somebody else"):
        load(path, key=b"secret")


def test_only_what_was_judged_is_done(tmp_path: Path) -> None:
    """The same answer of the same student by the same course; not if the judge failed, nor if nothing is there."""
    known = {"step": "step3", "name": "ann", "course": "c1"}
    assert not is_done(tmp_path, "d1", **known)
    save(tmp_path, a_result())
    assert is_done(tmp_path, "d1", **known)
    assert not is_done(tmp_path, "d2", **known)
    for other in ({"name": "bob"}, {"step": "step4"}, {"course": "c2"}):
        assert not is_done(tmp_path, "d1", **{**known, **other})
    save(tmp_path, failed_judge("ann", "step3", "d1", "no space", 12, course="c1"))
    assert not is_done(tmp_path, "d1", **known)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        ".",
        ".hidden",
        "a/b",
        "a\\b",
        "ann\n",
        "Ünal, Jörg",
        "x" * 500,
        "nul\0",
        "ann.durations",
        "a%2Fb",
    ],
)
def test_every_name_has_a_file_of_its_own_in_the_folder(tmp_path: Path, name: str) -> None:
    """Nothing leads out of it, hides, or is another's."""
    path = result_path(tmp_path, "step3", name)
    assert path.parent == tmp_path / "step3"
    assert not path.name.startswith(".")
    assert len(path.name) < 130
    others = ["ann", "a/b", "a%2Fb", "x" * 499 + "y", "a%b", "..", "."]
    assert path not in {result_path(tmp_path, "step3", other) for other in others if other != name}
    save(tmp_path, a_result(name), Durations(name=name, step="step3", digest="d1", seconds=1.0))
    assert load(path).name == name


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing beside it, whether the disk is full or the file cannot be replaced."""
    path = save(tmp_path, a_result())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, a_result(digest="d2"))
    assert load(path).digest == "d1"
    assert [each.name for each in path.parent.iterdir()] == ["ann.json"]


def test_a_kill_at_any_moment_leaves_whole_files_and_the_batch_goes_on(tmp_path: Path) -> None:
    """A judge that rewrites ten results is killed in the middle, ten times: each file is whole or not there, none doubled."""
    program = (
        "import sys; from pathlib import Path; from grading.judging.results import *\n"
        "for number in range(10**9):\n"
        "    name = f's{number % 10}'\n"
        "    save(Path(sys.argv[1]), rejected(name, 'step3', 'x' * 4000 * (1 + number % 3), 12))\n"
        "    print(number, flush=True)\n"
    )
    for _ in range(10):
        judge = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
        assert judge.stdout is not None
        with judge, judge.stdout as lines:
            for _ in range(5):
                lines.readline()
            time.sleep(0.003)
            judge.send_signal(signal.SIGKILL)
        for path in (tmp_path / "step3").glob("[!.]*.json"):
            assert load(path).name == path.stem
    for number in range(10):
        save(tmp_path, rejected(f"s{number}", "step3", "again", 12))
    assert sorted(path.name for path in (tmp_path / "step3").iterdir()) == [f"s{number}.json" for number in range(10)]


def test_writing_makes_the_folder_and_replaces_the_file(tmp_path: Path) -> None:
    """Old content or new, under the same name."""
    path = tmp_path / "new" / "folder" / "file"
    write_atomically(path, b"one")
    assert write_atomically(path, b"two").read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_pipe_or_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As root, `--json /dev/null` would otherwise take the device away from the whole machine."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(path, b"one")
        assert os.read(reader, 10) == b"one"
    finally:
        os.close(reader)
    assert path.is_fifo()
