"""The handout: what interns get, what they do not get, and how a newer one is merged into their work."""

import codecs
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.authoring import handout
from grading.cli import main
from grading.learning.commands import CommandError
from grading.learning.update import LISTING, merge, update
from grading.learning.workspace import Record, State, Workspace
from grading.manifest import load_course
from tests.small_course import GAPS, STUB, answer

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The real handout."""
    return handout.handout_files(ROOT, load_course())


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """A handout on disk."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


# --- What is in it ----------------------------------------------------------------------------------------------------------


def test_the_handout_holds_what_interns_need_and_nothing_else(files: dict[str, bytes]) -> None:
    """Stubs with their pristine copies, suites, READMEs, support modules and tools; nothing that answers or judges."""
    course = load_course()
    for step in course.steps:
        for module in step.modules:
            assert files[f"exercises/{step.folder}/{module}.py"] == files[f".workshop/pristine/{step.folder}/{module}.py"]
            assert f"handwriting_workshop/{module}.py" not in files
        assert any(path.startswith(f"exercises/{step.folder}/test_") for path in files)
        assert f"exercises/{step.folder}/README.md" in files
    assert {"README.md", "LICENSE", "pyproject.toml", "constraints.txt", "exercises/AGENTS.md"} <= files.keys()
    assert not [path for path in files if path.startswith(("solutions/", "tests/", "grading/mutants", "grading/hidden"))]
    assert not [path for path in files if "authoring" in path or path.endswith("proof.py")]
    assert files[".gitattributes"] == b"* -text\n"  # or Git for Windows would change what `workshop update` compares


def test_the_real_handout_leaks_no_solution(files: dict[str, bytes]) -> None:
    """Compared word by word with every gap of two or more lines."""
    assert [*handout.leaks(ROOT, load_course(), files)] == []


def test_a_solution_anywhere_in_the_handout_is_found(files: dict[str, bytes]) -> None:
    """Also one that was laid out anew, in a module or in a text."""
    course = load_course()
    number, code = next(handout._solutions(ROOT, course))
    for path in ("exercises/step1/README.md", "handwriting_workshop/samples.py"):
        spoiled = files | {path: files[path] + f"\n{code}\n".encode()}
        assert [*handout.leaks(ROOT, course, spoiled)] == [f"{path}: holds the solution of {number}"]


def test_a_leaking_handout_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and each place is named."""
    monkeypatch.setattr(handout, "leaks", lambda *_: iter(["x.py: holds the solution of 1.1"]))
    assert main(["dev", "handout", str(tmp_path / "out")]) == 1
    assert "x.py: holds the solution of 1.1" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_folder_with_something_in_it_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It might be an intern's."""
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["dev", "handout", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_the_folder_that_one_is_in_becomes_no_handout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would have to be made anew under whoever is in it."""
    monkeypatch.chdir(tmp_path)
    assert main(["dev", "handout", "."]) == 1
    assert f"is the folder that you are in; give a new one, such as {tmp_path / 'handout'}" in capsys.readouterr().err


def test_what_an_editor_hides_beside_the_reference_is_not_handed_out(tmp_path: Path) -> None:
    """An editor's copy of an open file holds solutions, and is no text that could be searched for them."""
    shutil.copytree(ROOT / "handwriting_workshop", tmp_path / "handwriting_workshop")
    for name in (".models.py.swp", ".ipynb_checkpoints/models.py", "data/.x"):
        (tmp_path / "handwriting_workshop" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "handwriting_workshop" / name).write_bytes(b"\xff")
    copied = [*handout._copied(tmp_path, load_course())]
    assert "handwriting_workshop/samples.py" in copied
    assert not [path for path in copied if "/." in path]


def test_only_the_self_study_handout_has_solutions(files: dict[str, bytes]) -> None:
    """All of them."""
    with_solutions = handout.handout_files(ROOT, load_course(), self_study=True)
    added = with_solutions.keys() - files.keys()
    course = load_course()
    wanted = {f"solutions/{step.folder}/{module}.py" for step in course.steps for module in step.modules}
    assert {path for path in added if path.endswith(".py")} == wanted
    assert all(path.startswith("solutions/") for path in added)


def test_the_suites_work_in_a_handout(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Its own code alone: every test of an untouched step is TODO, and what is next is said."""
    folder = write(tmp_path / "handout", files)
    program = [sys.executable, "-P", "-c", "import sys, pytest; sys.path.insert(0, '.'); sys.exit(pytest.main(sys.argv[1:]))"]
    ran = subprocess.run(
        [*program, "exercises/step5", "-p", "no:cacheprovider"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    summary = ran.stdout.rstrip().splitlines()[-1]
    assert "todo" in summary
    assert "passed" not in summary
    assert "failed" not in summary
    assert "next: 5.1" in ran.stdout


@pytest.mark.parametrize("command", [["doctor", "--judge"], ["judge", "step5", "x"], ["report", "step5"], ["demo"]])
def test_what_is_not_there_is_refused_in_one_sentence(command: list[str], tmp_path: Path, files: dict[str, bytes]) -> None:
    """Also what `workshop --help` shows to interns."""
    folder = write(tmp_path / "handout", files)
    program = [sys.executable, "-P", "-c", "import sys; sys.path.insert(0, '.'); from grading.cli import main; sys.exit(main())"]
    ran = subprocess.run([*program, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert ran.stderr.startswith("workshop: this is a handout; ")


# --- A newer one ------------------------------------------------------------------------------------------------------------

BASE = f"# one\n\ndef f1():\n    {GAPS[1]}\n\n\ndef f2():\n    {GAPS[2]}\n\n\n# end\n"


def test_a_merge_keeps_answers_and_takes_what_is_new() -> None:
    """The intern filled one gap; the newer handout has another comment, another goal and one function more."""
    mine = BASE.replace(GAPS[1], "return 1")
    theirs = BASE.replace("# one", "# one, clearer").replace("the 1th thing", "the first thing") + "\n\ndef g():\n    pass\n"
    merged = merge(BASE, mine, theirs)
    assert merged is not None
    assert "return 1" in merged
    assert GAPS[2] in merged
    assert merged.startswith("# one, clearer")
    assert merged.endswith("def g():\n    pass\n")


GAP = f"""def f1(x):
    '''Twise as much.'''
    # TODO 1.1: the 1th thing
    {GAPS[1]}


def f2(x):
    {GAPS[2]}
"""
"""A gap as generated stubs have it, between a docstring and another function."""


def test_a_merge_takes_a_better_docstring_right_above_a_filled_gap() -> None:
    """Also where the goal was changed with it, and the intern has left the comment where it was."""
    newer = GAP.replace("Twise", "Twice").replace("the 1th thing", "the first thing")
    kept = GAP.replace(GAPS[1], "return 2 * x")
    for mine in (kept, kept.replace("    # TODO 1.1: the 1th thing\n", "")):
        assert merge(GAP, mine, GAP.replace("Twise", "Twice")) == mine.replace("Twise", "Twice")
        assert merge(GAP, mine, newer) == mine.replace("Twise", "Twice").replace("the 1th thing", "the first thing")


def test_changes_that_contradict_each_other_are_not_merged() -> None:
    """Neither side is chosen, also where the newer handout has something else in place of a gap."""
    assert merge(BASE, BASE.replace("# one", "# mine"), BASE.replace("# one", "# theirs")) is None
    mine = BASE.replace(GAPS[1], "return 1")
    assert merge(BASE, mine, BASE.replace(GAPS[1], "return given()")) is None
    assert merge(BASE, mine, BASE.replace(f"    {GAPS[1]}\n", "")) is None


def small_handout(folder: Path, text: str, extra: dict[str, bytes]) -> Path:
    """A handout of one lesson."""
    pristine = ".workshop/pristine/step1/lesson.py"
    contents = {STUB: text.encode(), pristine: text.encode(), **extra}
    digests = {path: handout.hashlib.sha256(data).hexdigest() for path, data in contents.items()}
    return write(folder, contents | {LISTING: json.dumps({"version": "1", "files": digests}).encode()})


def test_an_update_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers are merged, other files replaced, gone ones removed; everything that was written over lies in a backup."""
    old = small_handout(tmp_path / "old", BASE, {"exercises/step1/test_lesson.py": b"old", "gone.py": b"gone"})
    new = small_handout(tmp_path / "new", BASE.replace("# end", "# the end"), {"exercises/step1/test_lesson.py": b"new"})
    answer(old, 1, "return 1")
    mine = (old / STUB).read_text()
    (old / "exercises/step1/test_lesson.py").write_bytes(b"mine")
    (old / "notes.txt").write_bytes(b"my notes")
    workspace = Workspace(old, load_course())
    assert update(workspace, new) == 0
    assert (old / STUB).read_text() == mine.replace("# end", "# the end")
    assert (old / "exercises/step1/test_lesson.py").read_bytes() == b"new"
    assert not (old / "gone.py").exists()
    assert (old / "notes.txt").read_bytes() == b"my notes"
    (backup,) = (old / ".workshop/backups").iterdir()
    assert (backup / STUB).read_text() == mine
    assert (backup / "exercises/step1/test_lesson.py").read_bytes() == b"mine"
    assert "you had changed it" in capsys.readouterr().out
    assert update(workspace, new) == 0
    assert "0 files updated" in capsys.readouterr().out


def test_an_update_that_broke_off_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a full disk, whichever file was written last: the same command merges what is left."""
    old = small_handout(tmp_path / "old", BASE, {})
    new = small_handout(tmp_path / "new", BASE.replace("# end", "# the end"), {})
    answer(old, 1, "return 1")
    mine = (old / STUB).read_text()
    for writes in range(2):
        left = iter(range(writes))

        def until_it_is_full(path: Path, data: bytes, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise OSError("no space left")
            path.write_bytes(data)

        monkeypatch.setattr("grading.learning.update.write_atomically", until_it_is_full)
        with pytest.raises(OSError, match="no space left"):
            update(Workspace(old, load_course()), new)
    monkeypatch.undo()
    assert update(Workspace(old, load_course()), new) == 0
    assert (old / STUB).read_text() == mine.replace("# end", "# the end")


def test_an_update_merges_line_by_line_whatever_the_line_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An editor on Windows has written the intern's file anew; its line ends and its mark stay."""
    old = small_handout(tmp_path / "old", BASE, {})
    new = small_handout(tmp_path / "new", BASE.replace("# end", "# the end"), {})
    answer(old, 1, "return 1")
    mine = codecs.BOM_UTF8 + (old / STUB).read_bytes().replace(b"\n", b"\r\n")
    (old / STUB).write_bytes(mine)
    assert update(Workspace(old, load_course()), new) == 0
    assert (old / STUB).read_bytes() == mine.replace(b"# end", b"# the end")
    assert "merged with your work" in capsys.readouterr().out


def test_an_update_keeps_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    """They are the intern's."""
    old = small_handout(tmp_path / "old", BASE, {})
    new = small_handout(tmp_path / "new", BASE.replace("# end", "# the end"), {})
    mine = (old / STUB).read_bytes().replace(GAPS[1].encode(), b"return '\xe9'")
    (old / STUB).write_bytes(mine)
    assert update(Workspace(old, load_course()), new) == 0
    assert (old / STUB).read_bytes() == mine.replace(b"# end", b"# the end")


def test_what_cannot_be_merged_is_put_beside_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1; the intern's file is untouched."""
    old = small_handout(tmp_path / "old", BASE, {})
    new = small_handout(tmp_path / "new", BASE.replace("# one", "# theirs"), {})
    (old / STUB).write_text(BASE.replace("# one", "# mine"))
    assert update(Workspace(old, load_course()), new) == 1
    assert (old / STUB).read_text().startswith("# mine")
    assert (old / "exercises/step1/lesson.newer.py").read_text().startswith("# theirs")
    assert "cannot be joined" in capsys.readouterr().out


def test_what_could_not_be_merged_is_settled_by_the_intern_once_and_for_all(tmp_path: Path) -> None:
    """The next update asks nothing any more, and a newer one still joins with what she made of it."""
    old = small_handout(tmp_path / "old", BASE, {})
    new = small_handout(tmp_path / "new", BASE.replace("# one", "# theirs"), {})
    (old / STUB).write_text(BASE.replace("# one", "# mine"))
    workspace = Workspace(old, load_course())
    assert update(workspace, new) == 1
    (old / STUB).write_text(BASE.replace("# one", "# both"))
    (old / "exercises/step1/lesson.newer.py").unlink()
    assert update(workspace, new) == 0
    assert not (old / "exercises/step1/lesson.newer.py").exists()
    newest = small_handout(tmp_path / "newest", BASE.replace("# one", "# theirs").replace("# end", "# the end"), {})
    assert update(workspace, newest) == 0
    assert (old / STUB).read_text() == BASE.replace("# one", "# both").replace("# end", "# the end")


def test_a_file_with_exercises_that_is_gone_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether the newer handout has changed it or not; it is told of."""
    for name, text in (("same", BASE), ("other", BASE.replace("# end", "# the end"))):
        old = small_handout(tmp_path / f"old {name}", BASE, {})
        (old / STUB).unlink()
        assert update(Workspace(old, load_course()), small_handout(tmp_path / name, text, {})) == 0
        assert (old / STUB).read_text() == text
        assert f"{STUB}: it was not there any more, and is as it is handed out" in capsys.readouterr().out


def test_an_interns_own_file_in_the_place_of_a_new_one_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lies in the backup."""
    old = small_handout(tmp_path / "old", BASE, {})
    (old / "extra.py").write_text("mine")
    assert update(Workspace(old, load_course()), small_handout(tmp_path / "new", BASE, {"extra.py": b"theirs"})) == 0
    assert "extra.py: this was yours; the newer one is in its place" in capsys.readouterr().out
    assert [path.read_text() for path in (old / ".workshop/backups").glob("*/extra.py")] == ["mine"]


def test_after_other_tests_came_an_exercise_is_not_tested_yet(tmp_path: Path) -> None:
    """What the older ones said stays for the other steps."""
    suites = {f"exercises/step{number}/test_lesson.py": b"old" for number in (1, 2)}
    old = small_handout(tmp_path / "old", BASE, suites)
    new = small_handout(tmp_path / "new", BASE, suites | {"exercises/step1/test_lesson.py": b"new"})
    workspace = Workspace(old, load_course())
    passing = Record(state=State.PASSING.value, code="x", passed=3, tests=3, hints=2)
    workspace.remember({"1.1": passing, "2.1": passing})
    assert update(workspace, new) == 0
    assert {number: (each.state, each.hints) for number, each in workspace.records().items()} == {
        "1.1": ("", 2),
        "2.1": ("passing", 2),
    }


def test_whoever_updates_is_told_that_other_packages_are_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And only then."""
    project = '[project]\nname = "x"\nversion = "{}"\ndependencies = [{}]\n'
    versions = [project.format(1, ""), project.format(2, ""), project.format(2, '"lens"')]
    old, *newer = (
        small_handout(tmp_path / f"{place}", BASE, {"pyproject.toml": text.encode()}) for place, text in enumerate(versions)
    )
    told = []
    for new in newer:
        assert update(Workspace(old, load_course()), new) == 0
        told.append("python -m pip install -e ." in capsys.readouterr().out)
    assert told == [False, True]


def test_a_handout_that_is_not_whole_changes_nothing(tmp_path: Path) -> None:
    """A file that is missing or cut off, no handout at all, or the very one that is to be updated."""
    old = small_handout(tmp_path / "old", BASE, {"a.py": b"old"})
    new = small_handout(tmp_path / "new", BASE, {"a.py": b"new", "b.py": b"b"})
    (new / "b.py").unlink()
    with pytest.raises(CommandError, match="is not as it was handed out"):
        update(Workspace(old, load_course()), new)
    (new / "b.py").write_bytes(b"b")
    (new / "a.py").write_bytes(b"ne")
    with pytest.raises(CommandError, match=r"a.py is not as it was handed out"):
        update(Workspace(old, load_course()), new)
    assert (old / "a.py").read_bytes() == b"old"
    with pytest.raises(CommandError, match="is no handout"):
        update(Workspace(old, load_course()), tmp_path)
    with pytest.raises(CommandError, match="this is the folder that you work in"):
        update(Workspace(old, load_course()), tmp_path / "new" / ".." / "old")
