"""The intern's loop, in a small course: where one stands, what is next, hints, solutions, and the way back."""

import codecs
import errno
import itertools
import re
import shutil
import sys
from pathlib import Path

import pytest

from grading.authoring.generate import course_files
from grading.cli import main
from grading.learning.messages import exercise_lines, finished_line, next_lines, step_line
from grading.learning.workspace import PROGRESS, State, Workspace
from grading.manifest import load_course
from grading.runtime import machine
from tests.small_course import GAPS, STUB, answer, write_small_course

ROOT = Path(__file__).parents[1]
COURSE = load_course()

pytest_plugins = ["pytester"]


@pytest.fixture
def workspace(pytester: pytest.Pytester) -> Workspace:
    """A small course in the current folder."""
    pytester.makeini("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    return write_small_course(pytester.path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """`workshop …` in the current folder: status, output, errors."""
    capsys.readouterr()
    status = main(list(arguments))
    return status, *capsys.readouterr()


def states(workspace: Workspace) -> list[str]:
    """Where the four exercises stand."""
    return [state.value for _, state in workspace.states()]


def test_next_names_the_goal_the_place_and_the_commands(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """The first exercise, before anything was done; the place is the line of the gap."""
    status, printed, _ = run(capsys, "next")
    line = (workspace.root / STUB).read_text().splitlines().index(f"    {GAPS[1]}") + 1
    assert status == 0
    assert printed == (
        "next: 1.1 f1, about 10 min\n"
        "  goal  the 1th thing\n"
        f"  edit  exercises/step1/lesson.py:{line}\n"
        "  test  pytest exercises/step1 --exercise 1.1\n"
        "  hint  workshop hint 1.1\n"
    )


@pytest.mark.usefixtures("workspace")
def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a handout on a read-only disk: status 1, one line, no traceback."""

    def refused(_path: Path, *_arguments: object, **_settings: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", ".workshop")

    monkeypatch.setattr(Path, "mkdir", refused)
    status, _, error = run(capsys, "hint", "1.1")
    assert (status, len(error.splitlines())) == (1, 1)
    assert "Permission denied" in error


@pytest.mark.usefixtures("workspace")
def test_a_list_that_nobody_reads_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`workshop list >&-`: the standard output is closed."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["list"]) == 0


def test_an_exercise_goes_from_to_do_over_not_tested_to_passing(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """What pytest found out is remembered for exactly the code that it tested."""
    assert states(workspace)[0] == State.TODO
    answer(workspace.root, 1, "return x + x")
    assert states(workspace)[0] == State.CHANGED
    pytester.runpytest_inprocess("exercises/step1")
    assert states(workspace) == [State.PASSING, State.TODO, State.TODO, State.TODO]
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("return x + x", "return x + x  # twice"))
    assert states(workspace)[0] == State.PASSING, "a comment changes nothing"
    path.write_text(path.read_text().replace("return x + x", "return x + x + 1"))
    assert states(workspace)[0] == State.CHANGED
    pytester.runpytest_inprocess("exercises/step1")
    assert states(workspace)[0] == State.FAILING


AGAIN = '''

@pytest.mark.exercise("1.1")
def test_f1_again(box):
    """1 becomes 2."""
    def act(lesson):
        return lesson.f1(torch.ones(1))

    assert box(act).tolist() == [2.0]
'''
"""A second test of the first exercise, after those of all others."""


def add_to_suite(workspace: Workspace, text: str) -> None:
    """Write more tests at the end of the suite."""
    suite = workspace.root / "exercises" / "step1" / "test_lesson.py"
    suite.write_text(suite.read_text() + text)


@pytest.mark.parametrize("choice", [("-k", "doubles"), ("--deselect", "exercises/step1/test_lesson.py::test_f1_again")])
def test_a_part_of_the_tests_makes_no_exercise_pass(
    workspace: Workspace, pytester: pytest.Pytester, choice: tuple[str, str]
) -> None:
    """Where tests are left out."""
    add_to_suite(workspace, AGAIN)
    answer(workspace.root, 1, "return x + x")
    pytester.runpytest_inprocess("exercises/step1", *choice)
    assert states(workspace)[0] == State.CHANGED


def test_a_single_test_makes_no_exercise_pass(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """Called by its name, as editors do; the other test would fail."""
    add_to_suite(workspace, AGAIN)
    answer(workspace.root, 1, "return 4 * torch.ones(1)")
    pytester.runpytest_inprocess("exercises/step1/test_lesson.py::test_f1_doubles")
    assert states(workspace)[0] == State.CHANGED
    pytester.runpytest_inprocess("exercises/step1/test_lesson.py")
    assert states(workspace)[0] == State.FAILING


def test_tests_after_the_first_failure_are_not_taken_for_passed(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """With -x, what failed is known, and nothing of an exercise that still had a test to come."""
    add_to_suite(workspace, AGAIN)
    answer(workspace.root, 1, "return x + x")
    answer(workspace.root, 2, "return x")
    pytester.runpytest_inprocess("exercises/step1", "-x")
    assert states(workspace)[:2] == [State.CHANGED, State.FAILING]


def test_an_interrupted_test_is_not_taken_for_passed(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """Ctrl-C in the second of two tests."""
    add_to_suite(workspace, AGAIN.replace("    def act", "    raise KeyboardInterrupt\n\n    def act"))
    answer(workspace.root, 1, "return x + x")
    pytester.runpytest_inprocess("exercises/step1", no_reraise_ctrlc=True)
    assert states(workspace)[0] == State.CHANGED


def test_the_tests_that_failed_last_make_no_exercise_pass(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """With --lf, those that passed before are not run; they may fail now."""
    add_to_suite(workspace, AGAIN)
    answer(workspace.root, 1, "return 4 * torch.ones(1)")
    pytester.runpytest_inprocess("exercises/step1", "--exercise", "1.1")
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("return 4 * torch.ones(1)", "return 2 * torch.ones(1)"))
    pytester.runpytest_inprocess("exercises/step1", "--exercise", "1.1", "--lf").assert_outcomes(passed=1)
    assert states(workspace)[0] == State.CHANGED


def test_tests_without_training_and_then_all_add_up(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """First its accuracy is not tested yet, then it passes, and a run without training takes nothing back."""
    suite = workspace.root / "exercises" / "step1" / "test_lesson.py"
    first = suite.read_text().partition("@pytest.mark.exercise")[2].partition("\n\n\n")[0]
    again = first.replace("def test_f1_doubles", "@pytest.mark.accuracy\ndef test_f1_learns")
    suite.write_text(f"{suite.read_text()}\n\n@pytest.mark.exercise{again}\n")
    answer(workspace.root, 1, "return x + x")
    for options, state in (
        (("-m", "not accuracy"), State.UNTRAINED),
        ((), State.PASSING),
        (("-m", "not accuracy"), State.PASSING),
    ):
        pytester.runpytest_inprocess("exercises/step1", *options)
        assert states(workspace)[0] == state


def test_what_fails_comes_first_and_then_the_step_that_was_begun(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """Not the first gap of the course."""
    answer(workspace.root, 3, "return float(torch.randn(2))")
    pytester.runpytest_inprocess("exercises/step1")
    assert workspace.next() is workspace.course.exercise("1.3")
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("torch.randn(2)", "torch.randn("))
    assert (
        workspace.line(workspace.course.exercise("1.3"))
        == path.read_text()[: path.read_text().index("torch.randn(")].count("\n") + 1
    )


def test_a_gap_in_a_step_that_was_begun_comes_before_the_first_of_the_course(tmp_path: Path) -> None:
    """In the real course: whoever has begun with step 4 stays there."""
    for path, text in course_files(ROOT, COURSE).items():
        if path.startswith("exercises/") and path.endswith(".py"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "handwriting_workshop").symlink_to(ROOT / "handwriting_workshop")
    workspace = Workspace(tmp_path, COURSE)
    assert workspace.next() is COURSE.exercise("1.1")
    shutil.copy(ROOT / "solutions" / "step4" / "training.py", tmp_path / "exercises" / "step4")
    for exercise in COURSE.step(4).exercises:
        if exercise.module == "training":
            workspace.record_tests(exercise, passed=3, tests=3)
    assert workspace.next() is COURSE.exercise("4.6")


def test_other_targets_leave_the_progress_alone(workspace: Workspace, pytester: pytest.Pytester) -> None:
    """Solutions that pass are no merit of the intern's."""
    pytester.runpytest_inprocess("exercises/step1", "--target", "solutions")
    assert not (workspace.root / PROGRESS).exists()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[[[", b'"1.1" = { state = 3 }\n'])
def test_a_damaged_progress_file_costs_nothing_but_itself(
    workspace: Workspace, pytester: pytest.Pytester, content: bytes
) -> None:
    """Everything works, and the next test run writes it anew."""
    (workspace.root / ".workshop").mkdir()
    (workspace.root / PROGRESS).write_bytes(content)
    answer(workspace.root, 1, "return x + x")
    assert states(workspace)[0] == State.CHANGED
    pytester.runpytest_inprocess("exercises/step1")
    assert states(workspace)[0] == State.PASSING


def test_what_interns_read_fits_into_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of the real course: steps, exercises, and what is next, however far one has come."""
    monkeypatch.chdir(ROOT)
    workspace = Workspace(ROOT, COURSE)
    for state, step in itertools.product(State, workspace.course.steps):
        monkeypatch.setattr(Workspace, "state", lambda *_, state=state: state)
        lines = [step_line(workspace, step), finished_line(step), *exercise_lines(workspace, step, "utf-8")]
        lines += [line for exercise in step.exercises for line in next_lines(workspace, exercise)]
        assert [line for line in lines if len(line) > 80] == []


@pytest.mark.usefixtures("workspace")
def test_list_and_status_say_what_is_next_last(capsys: pytest.CaptureFixture[str]) -> None:
    """One line per exercise, or per step."""
    for command in ("list", "status"):
        status, printed, _ = run(capsys, command)
        assert status == 0
        assert "step 1" in printed
        assert printed.rstrip().endswith("workshop hint 1.1")


def test_marks_are_ascii_where_the_terminal_has_no_other(workspace: Workspace) -> None:
    """As in a CI log with an old encoding."""
    from grading.learning.messages import exercise_lines

    (step,) = workspace.course.steps
    assert "\n".join(exercise_lines(workspace, step, "ascii")).isascii()
    assert "·" in "\n".join(exercise_lines(workspace, step, "utf-8"))


@pytest.mark.usefixtures("workspace")
def test_hints_come_one_by_one_and_then_the_solution_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Each call shows those before and one more; the third time there is no more."""
    for count, hints in enumerate([["look"], ["look", "think"], ["look", "think", "write"], ["look", "think", "write"]], start=1):
        _, printed, _ = run(capsys, "hint", "1.2")
        assert [line.partition(": ")[2] for line in printed.splitlines() if line.startswith("hint ")] == hints
        assert ("workshop solution 1.2" in printed) == (count >= 3)


@pytest.mark.usefixtures("workspace")
def test_an_unknown_exercise_is_answered_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, status 1."""
    assert run(capsys, "hint", "1.9") == (1, "", "workshop: there is no exercise '1.9'; choose among: 1.1, 1.2, 1.3, 1.4\n")
    for name in ("7", "01", "step 1"):
        told = f"workshop: there is no step {name!r}; choose one of step1, or an exercise such as 1.1\n"
        assert run(capsys, "check", name) == (1, "", told)


@pytest.mark.usefixtures("workspace")
def test_the_solution_waits_for_a_pass_or_all_hints(capsys: pytest.CaptureFixture[str]) -> None:
    """Refused with what is left to try; shown after three hints, or --anyway."""
    status, printed, refused = run(capsys, "solution", "1.1")
    assert (status, printed) == (1, "")
    assert "3 of its hints are left: workshop hint 1.1" in refused
    assert "doubled = 2 * x" in run(capsys, "solution", "1.1", "--anyway")[1]
    for _ in range(3):
        run(capsys, "hint", "1.1")
    status, printed, _ = run(capsys, "solution", "1.1")
    assert status == 0
    assert "+    doubled = 2 * x" in printed, "as a difference to one's own"


def test_after_a_pass_the_solution_is_shown_without_a_hint(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """To compare; not after a failure."""
    answer(workspace.root, 1, "return x + x")
    exercise = workspace.course.exercise("1.1")
    workspace.record_tests(exercise, passed=0, tests=1)
    assert run(capsys, "solution", "1.1")[0] == 1
    workspace.record_tests(exercise, passed=1, tests=1)
    status, printed, _ = run(capsys, "solution", "1.1")
    assert (status, "+    doubled = 2 * x" in printed) == (0, True)


def test_a_folder_without_solutions_says_who_has_them(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """As in a handout."""
    shutil.rmtree(workspace.root / "solutions")
    assert "ask whoever gave it to you" in run(capsys, "solution", "1.1", "--anyway")[2]


def test_reset_puts_one_exercise_back_and_keeps_a_copy(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Other answers in the file stay; --restore takes the copy back."""
    path = workspace.root / STUB
    untouched = path.read_text()
    answer(workspace.root, 1, "return 2 * x")
    answer(workspace.root, 2, "return 4 * x")
    mine = path.read_text()
    assert run(capsys, "reset", "1.1")[0] == 0
    assert path.read_text() == untouched.replace(GAPS[2], "return 4 * x")
    assert run(capsys, "reset", "1.1", "--restore")[0] == 0
    assert path.read_text() == mine


def test_a_reset_is_taken_back_for_its_exercise_only_and_once(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """What was written elsewhere in the meantime stays; a second time there is nothing to take back."""
    path = workspace.root / STUB
    answer(workspace.root, 1, "return 2 * x")
    answer(workspace.root, 2, "return 4 * x")
    for number in ("1.1", "1.2"):
        run(capsys, "reset", number)
    answer(workspace.root, 3, "return 0.5")
    assert run(capsys, "reset", "1.1", "--restore")[0] == 0
    assert [number for number, gap in GAPS.items() if gap in path.read_text()] == [2, 4]
    status, _, refused = run(capsys, "reset", "1.1", "--restore")
    assert (status, "nothing to take back" in refused) == (1, True)
    assert run(capsys, "reset", "1.2", "--restore")[0] == 0
    assert [number for number, gap in GAPS.items() if gap in path.read_text()] == [4]


def test_a_file_that_python_cannot_read_is_reset_as_a_whole(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """The message gives the command, which works."""
    path = workspace.root / STUB
    untouched = path.read_text()
    answer(workspace.root, 1, "return (2 * x")
    status, _, refused = run(capsys, "reset", "1.1")
    assert status == 1
    assert "workshop reset step1/lesson" in refused
    assert run(capsys, "reset", "step1/lesson")[0] == 0
    assert path.read_text() == untouched
    assert run(capsys, "reset", STUB, "--restore")[0] == 0
    assert "return (2 * x" in path.read_text()


def test_a_file_that_is_gone_comes_back_and_no_copy_is_promised(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """There is none to take back; what is next is to put it back."""
    path = workspace.root / STUB
    untouched = path.read_text()
    path.unlink()
    assert "  file  lesson.py is gone: workshop reset step1/lesson puts it back\n" in run(capsys, "next")[1]
    status, said, _ = run(capsys, "reset", "step1/lesson")
    assert (status, said) == (0, "step1/lesson is as it was handed out\n")
    assert path.read_text() == untouched
    assert "nothing to take back" in run(capsys, "reset", "step1/lesson", "--restore")[2]


@pytest.mark.parametrize("below", [True, False], ids=["in the same function", "in another of its name"])
def test_a_todo_that_cannot_be_reached_is_none(workspace: Workspace, below: bool) -> None:
    """Whoever writes above it, or a second function below, has answered, and the state is that of the tests."""
    path = workspace.root / STUB
    if below:
        answer(workspace.root, 1, f"return 2 * x\n    {GAPS[1]}")
    else:
        path.write_text(path.read_text() + "\n\ndef f1(x):\n    return 2 * x\n")
    assert states(workspace)[0] == State.CHANGED
    exercise = workspace.course.exercise("1.1")
    workspace.record_tests(exercise, passed=2, tests=2)
    assert states(workspace)[0] == State.PASSING
    assert path.read_text().splitlines()[workspace.line(exercise) - 1].startswith("def f1")
    if not below:
        assert workspace.line(exercise) > len(path.read_text().splitlines()) - 3, "the one that Python uses"


def test_what_an_answer_uses_belongs_to_it(workspace: Workspace) -> None:
    """A change in a function of one's own, or in a number, at the end of the file: what was tested is to be tested again."""
    path = workspace.root / STUB
    answer(workspace.root, 1, "return twice(x)")
    answer(workspace.root, 2, "return 4 * x")
    path.write_text(path.read_text() + "\n\nTWO = 2\n\n\ndef twice(x):\n    return TWO * x\n")
    for number in ("1.1", "1.2"):
        workspace.record_tests(workspace.course.exercise(number), passed=2, tests=2)
    assert states(workspace)[:2] == [State.PASSING, State.PASSING]
    for old, new in (("TWO * x", "x * TWO"), ("TWO = 2", "TWO = 3")):
        before = path.read_text()
        path.write_text(before.replace(old, new))
        assert states(workspace)[:2] == [State.CHANGED, State.PASSING]
        path.write_text(before)
    assert states(workspace)[:2] == [State.PASSING, State.PASSING]


@pytest.mark.usefixtures("workspace")
def test_whoever_resets_a_step_is_told_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    """By its number or its folder."""
    for step in ("1", "step1"):
        status, _, refused = run(capsys, "reset", step)
        assert (status, "a step is reset file by file: workshop reset step1/lesson" in refused) == (1, True)


def test_a_file_that_is_not_utf8_cannot_be_read_and_the_way_out_works(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """All commands say a sentence; the whole file can be reset, and taken back byte for byte."""
    path = workspace.root / STUB
    untouched = path.read_bytes()
    answer(workspace.root, 1, 'return 2 * x, "é"')
    mine = path.read_text().encode("latin-1")
    path.write_bytes(mine)
    line = mine[: mine.index(b"\xe9")].count(b"\n") + 1
    assert states(workspace)[0] == State.UNREADABLE
    assert run(capsys, "next")[0] == 0
    assert run(capsys, "list")[0] == 0
    assert "doubled = 2 * x" in run(capsys, "solution", "1.1", "--anyway")[1]
    status, _, refused = run(capsys, "reset", "1.1")
    assert (status, f"(line {line}: this is not UTF-8" in refused, "workshop reset step1/lesson" in refused) == (1, True, True)
    assert run(capsys, "reset", "step1/lesson")[0] == 0
    assert path.read_bytes() == untouched
    status, _, refused = run(capsys, "reset", "1.1", "--restore")
    assert (status, "nothing to take back" in refused) == (1, True)
    assert run(capsys, "reset", "step1/lesson", "--restore")[0] == 0
    assert path.read_bytes() == mine


def test_a_reset_keeps_the_line_ends_of_the_file(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """As an editor on Windows writes them."""
    path = workspace.root / STUB
    untouched = path.read_bytes().replace(b"\n", b"\r\n")
    answer(workspace.root, 1, "return 2 * x")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run(capsys, "reset", "1.1")[0] == 0
    assert path.read_bytes() == untouched


def test_a_byte_order_mark_changes_no_verdict_and_stays(
    workspace: Workspace, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Notepad and PowerShell write it: the exercise passes, and a reset puts the file back with its mark."""
    path = workspace.root / STUB
    untouched = codecs.BOM_UTF8 + path.read_bytes()
    answer(workspace.root, 1, "return x + x")
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert states(workspace) == [State.CHANGED, State.TODO, State.TODO, State.TODO]
    pytester.runpytest_inprocess("exercises/step1", "--exercise", "1.1")
    assert states(workspace)[0] == State.PASSING
    assert run(capsys, "reset", "1.1")[0] == 0
    assert path.read_bytes() == untouched


def test_unusual_line_ends_in_a_comment_move_no_line(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Python ends no line at a form feed, U+2028, U+0085 or a file separator: functions are found all the same."""
    path = workspace.root / STUB
    comment = "# one \x0c two \u2028 three \x85 four \x1c five\n"
    path.write_text(path.read_text().replace("import torch\n", f"import torch\n{comment}"), encoding="utf-8")
    untouched = path.read_bytes()
    answer(workspace.root, 1, "return 2 * x")
    shown = run(capsys, "solution", "1.1", "--anyway")[1]
    assert ("-    return 2 * x\n" in shown, "+    doubled = 2 * x\n" in shown) == (True, True)
    assert run(capsys, "reset", "1.1")[0] == 0
    assert path.read_bytes() == untouched
    answer(workspace.root, 1, "return (2 * x")
    before = path.read_bytes().partition(b'raise NotImplementedError("TODO 1.2')[0]
    assert workspace.line(workspace.course.exercise("1.2")) == before.count(b"\n") + 1, "also where Python cannot read it"


def test_check_gives_the_verdicts_of_pytest(
    workspace: Workspace, pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same lines, timings apart, for right, wrong and open answers."""
    answer(workspace.root, 1, "return x + x")
    answer(workspace.root, 4, "return x")
    plain = pytester.runpytest_subprocess("exercises/step1", "-rA")
    capfd.readouterr()
    status = main(["check", "1", "-rA"])
    checked = capfd.readouterr().out

    def verdicts(text: str) -> list[str]:
        return sorted(line for line in text.splitlines() if line.startswith(("PASSED", "FAILED", "TODO")))

    assert status == plain.ret == 1
    assert verdicts(checked) == verdicts(plain.stdout.str())
    assert len(verdicts(checked)) >= 3
    assert "where you stand" in checked


def test_check_takes_a_target_from_anywhere(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    """Pytest would look for its settings where both folders lie in."""
    (workspace.root / "tox.ini").unlink()
    (workspace.root / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-p grading.runtime.pytest_plugin"\n')
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(workspace.root / "solutions" / "step1" / "lesson.py", elsewhere)
    status = main(["check", "1.1", "--target", str(elsewhere)])
    assert (status, "1 passed" in capfd.readouterr().out) == (0, True)


def test_the_doctor_asks_for_what_the_project_needs_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for what it needed when it was installed: an update may have brought another package."""
    assert machine.packages() == [(True, "all packages are there")]
    project = '[project]\ndependencies = ["lenses-not-there>=1", "pytest>=1", "pillow>=9999", "x; python_version < \'3\'"]\n'
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    missing, old = machine.packages()
    assert missing == (False, "lenses-not-there is missing: python -m pip install -e .")
    assert re.fullmatch(r"pillow \S+ is too old \(>=9999\): python -m pip install -e \.", old[1])
    (tmp_path / "pyproject.toml").unlink()
    assert machine.packages() == [(True, "all packages are there")]


def test_commands_work_from_any_folder_inside(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are shown as one would type them there."""
    monkeypatch.chdir(workspace.root / "exercises" / "step1")
    assert "edit  lesson.py:" in run(capsys, "next")[1]


def test_outside_of_a_workshop_the_installed_one_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that this program came from."""
    monkeypatch.chdir(tmp_path)
    assert Workspace.find().root == Path(__file__).parents[1]
