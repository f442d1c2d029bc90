"""Stubs and solutions are written from the reference, kept up to date, and never over somebody's work."""

import json
from pathlib import Path

import pytest

from grading.authoring.generate import RECORD, GenerateError, course_files, differences, generate
from grading.manifest import Course, load_course
from tests.test_manifest import COURSE, EXERCISE

STUB, SOLUTION = "exercises/step1/lesson.py", "solutions/step1/lesson.py"


def function(number: int) -> str:
    """A function with a gap."""
    return (
        f"def f{number}() -> int:\n"
        f'    """The {number}th."""\n'
        f"    ### BEGIN SOLUTION 1.{number}\n"
        f"    return {number}\n"
        "    ### END SOLUTION\n"
    )


LESSON = '"""Lesson."""\n\n\n' + "\n\n".join(map(function, (1, 2, 3, 4)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small repository with one lesson."""
    (tmp_path / "handwriting_workshop").mkdir()
    (tmp_path / "handwriting_workshop" / "lesson.py").write_text(LESSON)
    return tmp_path


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Four exercises in that lesson."""
    (tmp_path / "steps.toml").write_text(COURSE)
    return load_course(tmp_path / "steps.toml")


def test_generating_writes_stubs_solutions_and_a_record(root: Path, course: Course) -> None:
    """Afterwards nothing differs, and generating again writes nothing."""
    assert generate(root, course).changed == (RECORD, STUB, SOLUTION)
    assert "return 1" not in (root / STUB).read_text()
    assert (root / STUB).read_text().count("TODO 1.2: the 2th thing") == 2
    assert "return 4" in (root / SOLUTION).read_text()
    assert list(json.loads((root / RECORD).read_text())) == [STUB]
    assert list(differences(root, course)) == []
    assert generate(root, course) == type(generate(root, course))((), (), ())


def test_the_same_reference_gives_the_same_bytes(root: Path, course: Course) -> None:
    """No times, no random names."""
    assert course_files(root, course) == course_files(root, course)


def test_a_changed_reference_changes_untouched_stubs(root: Path, course: Course) -> None:
    """What nobody has edited is brought up to date; before that, the check shows the difference."""
    generate(root, course)
    (root / "handwriting_workshop" / "lesson.py").write_text(LESSON.replace("The 3th.", "The third."))
    found = "".join(differences(root, course))
    assert '-    """The 3th."""' in found
    assert '+    """The third."""' in found
    generate(root, course)
    assert "The third." in (root / STUB).read_text()
    assert list(differences(root, course)) == []


def test_an_edited_stub_is_written_over_only_by_force_and_with_a_copy(root: Path, course: Course) -> None:
    """Without force nothing at all is written; with it, the intern's text lies in the backup that is named."""
    generate(root, course)
    mine = (root / STUB).read_text().replace('raise NotImplementedError("TODO 1.1: the 1th thing")', "return 1")
    (root / STUB).write_text(mine)
    (root / SOLUTION).unlink()
    with pytest.raises(GenerateError, match=r"lesson\.py: edited since it was generated\n.*--force"):
        generate(root, course)
    assert (root / STUB).read_text() == mine
    assert not (root / SOLUTION).exists()
    (backup,) = generate(root, course, force=True).backups
    assert (root / backup).read_text() == mine
    assert list(differences(root, course)) == []


def test_a_conflict_in_the_record_makes_stubs_edited_ones(root: Path, course: Course) -> None:
    """Two branches that change stubs always have one there; force makes the record anew."""
    generate(root, course)
    (root / RECORD).write_text("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n")
    assert [*differences(root, course)]
    (root / STUB).write_text("<<<<<<< HEAD\n")
    with pytest.raises(GenerateError, match=r"lesson\.py: edited since it was generated"):
        generate(root, course)
    generate(root, course, force=True)
    assert [*differences(root, course)] == []


def test_files_that_nothing_generates_any_more_are_named_and_deleted(root: Path, course: Course) -> None:
    """A solution of a module that is no lesson any more goes; an intern's own file stays."""
    generate(root, course)
    (root / "solutions" / "step1" / "old.py").write_text("x = 1\n")
    (root / "exercises" / "step1" / "notes.py").write_text("x = 1\n")
    assert list(differences(root, course)) == ["solutions/step1/old.py: not generated from anything any more\n"]
    assert generate(root, course).deleted == ("solutions/step1/old.py",)
    assert (root / "exercises" / "step1" / "notes.py").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SOLUTION 1.2", "SOLUTION 1.8", "lesson.py:13: exercise 1.8 is not in the manifest"),
        (function(3), "", "lesson.py: there is no gap for exercise 1.3"),
        ("    ### END SOLUTION\n", "", "handwriting_workshop/lesson.py:12: a region begins inside"),
        ("def f2() -> int:", "def f2() -> int", "handwriting_workshop/lesson.py:11: Python cannot read this: expected ':'"),
        ("def f2(", "def g2(", "grading/steps.toml: exercise 1.2: there is no f2 in lesson.py"),
    ],
)
def test_gaps_and_manifest_must_fit_together(root: Path, course: Course, old: str, new: str, message: str) -> None:
    """A gap without an exercise, an exercise without a gap or function, and broken text: file, line, and what is wrong."""
    (root / "handwriting_workshop" / "lesson.py").write_text(LESSON.replace(old, new, 1))
    with pytest.raises(GenerateError) as caught:
        generate(root, course)
    assert message in str(caught.value)
    assert not (root / "exercises").exists()


def test_a_reference_that_is_no_text_is_named(root: Path, course: Course) -> None:
    """An editor saved it in another encoding."""
    (root / "handwriting_workshop" / "lesson.py").write_bytes(LESSON.encode() + b"# \xe9\n")
    with pytest.raises(GenerateError, match=r"lesson\.py: not UTF-8 text"):
        generate(root, course)


@pytest.mark.parametrize("folder", ["exercises", "grading/hidden"])
def test_a_test_of_an_exercise_that_there_is_not_is_named(root: Path, course: Course, folder: str) -> None:
    """As after one was removed, or renumbered: pytest would refuse the whole suite."""
    suite = root / folder / "step1" / "test_lesson.py"
    suite.parent.mkdir(parents=True)
    suite.write_text(
        'import pytest\n\n\n@pytest.mark.exercise("1.4")\n@pytest.mark.exercise("1.9")\ndef test_x():\n    """X."""\n'
    )
    with pytest.raises(GenerateError) as caught:
        generate(root, course)
    assert str(caught.value) == f"{folder}/step1/test_lesson.py:5: step 1 has no exercise '1.9'"


def test_a_gap_in_another_module_than_the_manifest_says_is_named(root: Path, course: Course) -> None:
    """Its line there, and where it should be."""
    (root / "handwriting_workshop" / "other.py").write_text(function(4))
    (root / "handwriting_workshop" / "lesson.py").write_text(LESSON.replace(function(4), ""))
    with pytest.raises(GenerateError, match=r"other\.py:3: exercise 1\.4 stands in lesson\.py, says the manifest"):
        generate(root, course)


def test_a_module_that_is_not_there_is_named(root: Path, tmp_path: Path) -> None:
    """The manifest has exercises in a module that nobody wrote."""
    (tmp_path / "steps.toml").write_text(COURSE + EXERCISE.format(number=5).replace('"lesson"', '"missing"'))
    with pytest.raises(GenerateError, match=r"missing\.py: there is no gap for exercise 1\.5"):
        generate(root, load_course(tmp_path / "steps.toml"))
