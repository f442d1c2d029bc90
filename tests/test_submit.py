"""Handing in: `workshop submit` says what is not finished, and packs; intake notes what has become of it."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from grading.authoring import handout
from grading.cli import main
from grading.judging.arrival import PREFIX
from grading.judging.intake import Submission, take_in
from grading.judging.judge import Batch, Grader
from grading.judging.results import StepResult, graded, judge_exercise, load, result_path, with_notes
from grading.learning.workspace import Workspace
from grading.manifest import Step, load_course
from grading.packing_list import MAX_NOTEBOOK, MAX_SOURCE, NAME, PackingList, course_version, from_bytes, to_bytes
from tests.small_course import GAPS, STUB, answer, write_small_course

ROOT = Path(__file__).parents[1]
ZIP = "step1-submission.zip"
RIGHT = {1: "return 2 * x", 2: "return f1(f1(x))", 3: "return float(torch.rand(()))", 4: "return x"}

IMPORT = "from unittest import mock; torch = mock.Mock()"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A small course in the current folder, whose lesson takes no seconds to import."""
    monkeypatch.chdir(tmp_path)
    workspace = write_small_course(tmp_path)
    path = tmp_path / STUB
    path.write_text(path.read_text().replace("import torch", IMPORT, 1))
    return workspace


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`workshop …` in the current folder: status, output, errors."""

    def workshop(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(arguments))
        return status, *capsys.readouterr()

    return workshop


def solve(workspace: Workspace, *numbers: int) -> None:
    """Fill these gaps."""
    for number in numbers:
        answer(workspace.root, number, RIGHT[number])


def notebook(workspace: Workspace, text: str) -> Path:
    """A notebook as nbgrader releases it, with this text for a written answer."""
    marks = {"grade": True, "solution": True, "locked": False, "task": False, "schema_version": 3, "points": 2}
    cell = new_markdown_cell("YOUR ANSWER HERE", metadata={"nbgrader": {**marks, "grade_id": "question-1"}})
    cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    cell.source = text
    path = workspace.root / "exercises" / "step1" / "step1.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[cell])), encoding="utf-8")
    return path


# --- Packing ------------------------------------------------------------------------------------------------------------------


def test_a_finished_step_is_packed_with_its_list(workspace: Workspace, run: Run) -> None:
    """Module files and notebook, as they are, and what they were packed with; the next step is the last line but one."""
    solve(workspace, 1, 2, 3, 4)
    path = notebook(workspace, "Because.")
    (workspace.root / "handwriting_workshop" / "__init__.py").write_text('__version__ = "3.2.1"\n')
    before = datetime.now(UTC).replace(microsecond=0)
    status, printed, _ = run("submit", "step1")
    assert status == 0
    assert printed.splitlines()[0] == "step 1: 4 of the 4 exercises that count are written"
    assert printed.splitlines()[1].startswith(f"packed lesson.py, step1.ipynb into {ZIP} (")
    assert f"next: hand in {ZIP} as it is" in printed
    with zipfile.ZipFile(ZIP) as archive:
        assert archive.namelist() == ["lesson.py", "step1.ipynb", NAME]
        assert archive.read("lesson.py") == (workspace.root / STUB).read_bytes()
        listed = from_bytes(archive.read(NAME))
    assert listed is not None
    assert (listed.step, listed.course) == ("step1", "3.2.1")
    assert listed.files["step1.ipynb"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert listed.versions["torch"] == version("torch")
    assert before <= datetime.fromisoformat(listed.packed) <= datetime.now(UTC)


def test_what_was_packed_is_taken_in_without_a_note(workspace: Workspace, run: Run) -> None:
    """The way of nearly all answers."""
    solve(workspace, 1)
    assert run("submit", "1")[0] == 0
    taken = take_in(Path(ZIP), ["lesson.py"], folder="step1", version=course_version(workspace.root))
    assert taken.files == {"lesson.py": (workspace.root / STUB).read_text()}
    assert (taken.missing, taken.notes) == ((), ())


def test_open_exercises_are_named(workspace: Workspace, run: Run) -> None:
    """Each that counts, before it is packed."""
    solve(workspace, 1, 3)
    status, printed, _ = run("submit", "step1")
    assert status == 0
    assert printed.splitlines()[:3] == [
        "step 1: 2 of the 4 exercises that count are written",
        "  1.2 f2 is untouched or half done: its TODO still stands there",
        "  1.4 f4 is untouched or half done: its TODO still stands there",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return 2 * x", "return 2 * (x", "lesson.py, line {}: Python cannot read this ('(' was never closed)"),
        (
            IMPORT,
            "import nothing_like_it",
            "lesson.py, line 3: the file cannot be imported (ModuleNotFoundError",
        ),
        (IMPORT, "raise SystemExit(3)", "lesson.py, line 3: the file cannot be imported (SystemExit: 3)"),
        (
            IMPORT,
            "from handwriting_workshop.embedded import digits8x8; digits8x8()",
            "lesson.py, line 3: the file cannot be imported (FileNotFoundError: [Errno 2] where answers are judged there are no",
        ),
        (
            IMPORT,
            "open(__file__ + '.log', 'a')",
            "lesson.py, line 3: the file cannot be imported (OSError: [Errno 30] where answers",
        ),
        (IMPORT, "import os; os._exit(7)", "the files could not be imported (Python ended with status 7)"),
    ],
)
def test_a_file_that_nobody_can_use_is_named_with_its_line(workspace: Workspace, run: Run, old: str, new: str, said: str) -> None:
    """And is packed all the same: the intern may have no time left."""
    solve(workspace, 1)
    path = workspace.root / STUB
    path.write_text(path.read_text().replace(old, new, 1))
    line = path.read_text()[: path.read_text().index(new)].count("\n") + 1
    status, printed, _ = run("submit", "step1")
    assert status == 0
    assert said.format(line) in printed
    assert Path(ZIP).is_file()


def test_a_file_that_is_not_utf_8_is_named_with_its_line(workspace: Workspace, run: Run) -> None:
    """Intake would not take it in."""
    solve(workspace, 1)
    path = workspace.root / STUB
    path.write_bytes(path.read_bytes().replace(b"Lesson.", b"L\xe4sson.", 1))
    assert "lesson.py, line 1: this is not UTF-8, and is not taken in" in run("submit", "step1")[1]


def test_the_written_question_is_looked_at(workspace: Workspace, run: Run) -> None:
    """An answer as it was released is none; a notebook that is none any more is named."""
    solve(workspace, 1, 2, 3, 4)
    path = notebook(workspace, "YOUR ANSWER HERE")
    assert "step1.ipynb: the written question is not answered" in run("submit", "step1")[1]
    notebook(workspace, "Because.")
    assert "step1.ipynb:" not in run("submit", "step1")[1]
    path.write_text("{")
    assert "step1.ipynb is no notebook any more" in run("submit", "step1")[1]


def test_a_written_answer_alone_can_be_handed_in(workspace: Workspace, run: Run) -> None:
    """It has points of its own."""
    notebook(workspace, "Because.")
    assert run("submit", "step1")[0] == 0


# --- Refusals -----------------------------------------------------------------------------------------------------------------


def test_an_untouched_step_is_not_packed_unless_one_insists(workspace: Workspace, run: Run) -> None:
    """Nearly always the file was not saved, or lies somewhere else."""
    notebook(workspace, "YOUR ANSWER HERE")
    status, printed, error = run("submit", "step1")
    assert (status, printed) == (1, "")
    assert "all exercises of step 1 are as they were handed out" in error
    assert "workshop submit step1 --anyway" in error
    assert not (workspace.root / ZIP).exists()
    assert run("submit", "step1", "--anyway")[0] == 0
    assert (workspace.root / ZIP).is_file()


def test_an_answer_above_a_todo_that_nothing_reaches_is_an_answer(workspace: Workspace, run: Run) -> None:
    """Many write above the TODO and leave it there: the step is not untouched, and the exercise is not half done."""
    answer(workspace.root, 1, f"return 2 * x\n    {GAPS[1]}")
    status, printed, _ = run("submit", "step1")
    assert (status, printed.splitlines()[0]) == (0, "step 1: 1 of the 4 exercises that count are written")
    assert " 1.1 " not in printed


@pytest.mark.parametrize("what", ["step9", "9", "1.2", "models"])
def test_an_unknown_step_is_answered_with_those_that_there_are(workspace: Workspace, run: Run, what: str) -> None:
    """One line, status 1."""
    assert run("submit", what) == (1, "", f"workshop: there is no step {what!r}; choose one of step1\n")
    assert [*workspace.root.glob("*.zip")] == []


def test_a_missing_file_is_answered_with_how_to_get_it_back(workspace: Workspace, run: Run) -> None:
    """The command that the error names does it."""
    (workspace.root / STUB).unlink()
    status, _, error = run("submit", "step1")
    assert status == 1
    assert f"{STUB} is missing; workshop reset step1/lesson puts it back" in error
    assert run("reset", "step1/lesson")[0] == 0
    assert GAPS[1] in (workspace.root / STUB).read_text()


@pytest.mark.parametrize(("name", "limit"), [("lesson.py", MAX_SOURCE), ("step1.ipynb", MAX_NOTEBOOK)])
def test_a_file_that_would_not_be_taken_in_is_not_packed(workspace: Workspace, run: Run, name: str, limit: int) -> None:
    """Better said now than after the deadline."""
    solve(workspace, 1)
    with (workspace.root / "exercises" / "step1" / name).open("ab") as file:
        file.write(b"\n" * (limit + 1))
    status, _, error = run("submit", "step1")
    assert status == 1
    assert f"{name} is longer than the {limit:,} bytes" in error


def test_a_full_disk_leaves_nothing_half_written(workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive of before stays whole."""
    solve(workspace, 1)
    assert run("submit", "step1")[0] == 0
    before = (workspace.root / ZIP).read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    status, _, error = run("submit", "step1")
    assert status == 1
    assert "could not be written" in error
    assert "No space left on device" in error
    assert (workspace.root / ZIP).read_bytes() == before
    assert [path.name for path in workspace.root.iterdir() if path.name.endswith(".part")] == []


def test_a_handout_packs_without_torch_or_network(tmp_path: Path) -> None:
    """With its own code alone. The command itself imports no torch; only the program that tries the files does."""
    for path, data in handout.handout_files(ROOT, load_course()).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    models = tmp_path / "exercises" / "step3" / "models.py"
    models.write_text(models.read_text(encoding="utf-8").replace('raise NotImplementedError("TODO 3.1', 'assert ("TODO 3.1', 1))
    program = (
        "import sys; sys.path.insert(0, '.'); import socket; socket.socket.connect = None; "
        "from grading.cli import main; status = main(['submit', 'step3']); sys.exit(9 if 'torch' in sys.modules else status)"
    )
    ran = subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "could not be imported" not in ran.stdout
    with zipfile.ZipFile(tmp_path / "step3-submission.zip") as archive:
        listed = from_bytes(archive.read(NAME))
        assert archive.read("models.py") == models.read_bytes()
    assert listed is not None
    assert listed.course == course_version(ROOT)


# --- On arrival ---------------------------------------------------------------------------------------------------------------

MODELS = b"x = 1\n"


def arrived(tmp_path: Path, packing_list: bytes, models: bytes = MODELS) -> Submission:
    """A folder with an answer and this list, taken in by version 2.0 of the course."""
    (tmp_path / "models.py").write_bytes(models)
    (tmp_path / NAME).write_bytes(packing_list)
    return take_in(tmp_path, ["models.py", "more.py"], folder="step3", version="2.0")


def listed(**changes: object) -> bytes:
    """An honest list, with changes."""
    honest = {"step": "step3", "course": "2.0", "files": {"models.py": hashlib.sha256(MODELS).hexdigest()}}
    return to_bytes(PackingList(**{**honest, **changes}))


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, None),
        ({"files": {"models.py": "0" * 64}}, "models.py was changed after packing; it was judged as it came"),
        ({"files": {}}, "models.py was put in after packing; it was judged as it came"),
        ({"step": "step2"}, "packed as step2, and judged as step3"),
        ({"course": "1.9"}, "packed with version 1.9 of the course, and judged by version 2.0"),
        ({"course": ""}, "packed with an unknown version of the course"),
    ],
)
def test_what_happened_on_the_way_is_a_note(tmp_path: Path, changes: dict[str, object], note: str | None) -> None:
    """In plain words; the answer is taken in as it came."""
    taken = arrived(tmp_path, listed(**changes))
    assert taken.files == {"models.py": MODELS.decode()}
    assert len(taken.notes) == (note is not None)
    assert all(line.startswith(f"{PREFIX}{note}") for line in taken.notes)


def test_a_file_that_was_lost_is_noted(tmp_path: Path) -> None:
    """It is missing, and worth nothing; its author should know why."""
    files = {"models.py": hashlib.sha256(MODELS).hexdigest(), "more.py": "0" * 64}
    taken = arrived(tmp_path, listed(files=files))
    assert taken.missing == ("more.py",)
    assert taken.notes == (f"{PREFIX}more.py was packed, and did not arrive",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"step": 3, "files": {}}',
        b'{"step": "step3"}',
        b"[" * 100_000,
        b'{"step": "step3", "files": {"models.py": null}}',
        b" " * (MAX_SOURCE + 1),
    ],
)
def test_a_hostile_list_is_one_note(tmp_path: Path, data: bytes) -> None:
    """Whatever stands in it."""
    taken = arrived(tmp_path, data)
    assert taken.files == {"models.py": MODELS.decode()}
    assert taken.notes == (f"{PREFIX}cannot be read; the files were judged as they came",)


def test_what_a_list_says_reaches_a_terminal_in_plain_letters(tmp_path: Path) -> None:
    """Short, and without codes; files that nobody asked for are not spoken of."""
    files = {f"file{number}.py": "0" * 64 for number in range(1000)}
    notes = arrived(tmp_path, listed(step="\x1b[2J" * 1000, course="\u202e" + "9" * 1000, files=files)).notes
    assert len(notes) == 3
    assert all(note.isprintable() and len(note) < 400 for note in notes)


def test_a_list_that_is_a_folder_or_a_link_is_one_note(tmp_path: Path) -> None:
    """Nothing is followed."""
    (tmp_path / "models.py").write_bytes(MODELS)
    (tmp_path / NAME).symlink_to("/etc/passwd")
    for _ in range(2):
        taken = take_in(tmp_path, ["models.py"], folder="step3")
        assert taken.notes == (f"{PREFIX}cannot be read; the files were judged as they came",)
        if (tmp_path / NAME).is_symlink():
            (tmp_path / NAME).unlink()
            (tmp_path / NAME).mkdir()


def test_no_list_is_no_note_and_the_digest_is_the_same(tmp_path: Path) -> None:
    """An answer that was packed by hand is as good."""
    with_list = arrived(tmp_path, listed(step="step2"))
    (tmp_path / NAME).unlink()
    without = take_in(tmp_path, ["models.py", "more.py"], folder="step3", version="2.0")
    assert without.notes == ()
    assert without.digest == with_list.digest


def test_notes_reach_the_feedback_and_leave_the_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the answer has been judged already, and was only packed anew; then nothing is judged again."""
    judged = 0

    def judge(_: Grader, step: Step, submission: Submission) -> tuple[StepResult, None]:
        nonlocal judged
        judged += 1
        exercise = judge_exercise("3.1", 4, ["t"], {}, {"t"})
        return graded(submission.name, step.folder, submission.digest, [exercise], feedback=["from the grader"]), None

    monkeypatch.setattr(Grader, "judge", judge)
    step, students, out = load_course().step(3), tmp_path / "students", tmp_path / "judged"
    folder = students / "ann"
    folder.mkdir(parents=True)
    (folder / "models.py").write_bytes(MODELS)

    def feedback(packing_list: bytes) -> tuple[str, ...]:
        (folder / NAME).write_bytes(packing_list)
        (result,) = Batch(step=step, out=out).judge([students], lambda _: None)
        assert result.points == 0
        assert load(result_path(out, "step3", "ann")) == result
        return result.feedback

    course = course_version(ROOT)
    first = feedback(listed(course="0.0.1"))
    assert first[0] == "from the grader"
    assert first[1].startswith(f"{PREFIX}packed with version 0.0.1 of the course, and judged by version {course}")
    assert feedback(listed(course=course)) == ("from the grader",)
    assert feedback(b"?")[1:] == (f"{PREFIX}cannot be read; the files were judged as they came",)
    assert judged == 1


def test_notes_replace_those_of_before() -> None:
    """They are about this archive, not the last one."""
    result = graded("ann", "step3", "d", [], feedback=["kept", f"{PREFIX}old"])
    assert with_notes(result, [f"{PREFIX}new\x1b"]).feedback == ("kept", f"{PREFIX}new\\x1b")


def test_a_list_may_say_more_than_we_know(tmp_path: Path) -> None:
    """A newer course's list is read by an older one."""
    data = json.loads(listed()) | {"schema": 7, "something": ["new"]}
    assert arrived(tmp_path, json.dumps(data).encode()).notes == ()
