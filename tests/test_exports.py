"""Points for other systems: right to the hundredth, no name does harm, and where the judge failed there is no 0."""

import csv
import datetime
import errno
import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from nbgrader.api import Gradebook

from grading.classroom import commands, exports
from grading.classroom.class_results import NoResultsError, load_class
from grading.classroom.grades import ClassListError, Grades, Question, Row, grades_of, harmless, per_question_csv, platform_csv
from grading.judging.arrival import PREFIX
from grading.judging.results import save
from grading.manifest import load_course
from tests.small_class import STEP, everything, judged, refused, unjudged, write

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted.*> not in session")  # nbgrader's own

ROOT = Path(__file__).parents[1]
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+49 1",
    "@SUM(A1)",
    "-2+3",
    "\t=1",
    "＝1",
    'Ann "A", B.',
    "O'Brien, Máire",
    "李小龍",
    "a\nb",
    "<b>",
)
"""Names that a spreadsheet, a CSV file or a page could take for something else."""
NOT_IN = "not in {} (or there twice, or two of them are one there)"
FORMULA = ("=", "+", "-", "@", "＝", "\t", "\r")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Full, half, refused, and one for whom the judge failed."""
    half = judged("ben", {"3.1": ["passed", "passed"], "3.2": ["failed", "passed"]}, messages={"3.2": "got <3>, expected 4"})
    return write(tmp_path / "judged", judged("ann", everything()), half, refused("cid"), unjudged("dan"))


def rows(text: str) -> list[dict[str, str]]:
    """A CSV text, by column."""
    return list(csv.DictReader(io.StringIO(text)))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status of a command, and what it printed."""
    status = commands.run(str(arguments[0]), [str(each) for each in arguments[1:]])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


# --- Per question -------------------------------------------------------------------------------------------------------------


def test_there_is_a_column_per_exercise_and_the_points_are_those_of_the_judge(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exercises of each row add up to its total."""
    out = tmp_path / "grades.csv"
    assert run(capsys, "export", "step3", "csv", "--results", results, "--out", out)[0] == 0
    by_name = {row["student"]: row for row in rows(out.read_text(encoding="utf-8"))}
    names = [exercise.id for exercise in STEP.exercises]
    assert list(by_name["ann"])[3 : 3 + len(names)] == names
    assert [by_name["ann"][name] for name in names] == [f"{exercise.points:.2f}" for exercise in STEP.exercises]
    assert (by_name["ann"]["total"], by_name["ann"]["out_of"]) == (f"{STEP.points:.2f}", f"{STEP.points:.2f}")
    expected = load_class(results, "step3").students[1].result.points
    assert sum(float(by_name["ben"][name]) for name in names) == pytest.approx(float(by_name["ben"]["total"]))
    assert by_name["ben"]["total"] == f"{expected:.2f}"


def test_a_judge_that_failed_leaves_fields_empty(results: Path) -> None:
    """Never 0, in no column; a submission that was refused has 0, and the reason beside it."""
    by_name = {row["student"]: row for row in rows(per_question_csv([grades_of(load_class(results, "step3"), STEP)]))}
    names = [exercise.id for exercise in STEP.exercises]
    assert {by_name["dan"][name] for name in [*names, "total"]} == {""}
    assert by_name["dan"]["state"] == "infra_error"
    assert {by_name["cid"][name] for name in [*names, "total"]} == {"0.00"}
    assert "no UTF-8" in by_name["cid"]["note"]


def test_the_reason_why_a_whole_file_counts_nothing_stands_beside_its_zeros(tmp_path: Path) -> None:
    """A file that Python cannot read was graded all the same; what only concerns the packing of an answer is no reason."""
    said = "models.py, line 3: Python cannot read this (invalid syntax); nothing in the file counts"
    unread = msgspec.structs.replace(judged("ann"), feedback=(f"{PREFIX} packed twice", said))
    whole = msgspec.structs.replace(judged("ben", everything()), feedback=(f"{PREFIX} packed twice",))
    folder = write(tmp_path, unread, whole)
    table = rows(per_question_csv([grades_of(load_class(folder, "step3"), STEP)]))
    assert [(row["state"], row["note"]) for row in table] == [("graded", said), ("graded", "")]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["csv", "canvas", "moodle"])
def test_no_name_becomes_a_formula_or_breaks_a_row(
    name: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each field comes back whole; no field begins as a formula does."""
    write(tmp_path, judged(name, everything()), judged("zoe"))
    assert run(capsys, "export", "3", kind, "--results", tmp_path, "--out", tmp_path / "out.csv")[0] == 0
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    table = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in table}) == 1
    assert not [cell for row in table for cell in row if cell.startswith(FORMULA)]
    assert any(harmless(name) in row and f"{STEP.points:.2f}" in row for row in table)


def test_numbers_stay_numbers() -> None:
    """A loss of points is no formula."""
    assert [harmless(text) for text in ("-1.50", "+2", "-1.5.0", "=1", "ann")] == ["-1.50", "+2", "'-1.5.0", "'=1", "ann"]


# --- Canvas and Moodle --------------------------------------------------------------------------------------------------------


def test_canvas_gets_its_columns_and_the_points_that_can_be_had(results: Path) -> None:
    """Student, three numbers, section, assignment; `Points Possible` in the second row."""
    text, unknown = platform_csv("canvas", [grades_of(load_class(results, "step3"), STEP)])
    table = list(csv.reader(io.StringIO(text)))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "step3"]
    assert table[1] == ["    Points Possible", "", "", "", "", f"{STEP.points:.2f}"]
    assert table[2] == ["ann", "", "", "ann", "", f"{STEP.points:.2f}"]
    assert table[-1] == ["dan", "", "", "dan", "", ""]
    assert unknown == []


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_students_whose_names_differ_by_capitals_alone_are_all_exported(tmp_path: Path, platform: str) -> None:
    """Without a class list nobody is looked for: each is who he is."""
    names = ("Ann", "ann", "ann ")
    folder = write(tmp_path / "judged", *(judged(name, everything()) for name in names))
    text, unknown = platform_csv(platform, [grades_of(load_class(folder, "step3"), STEP)])
    assert not unknown
    found = [row[{"canvas": "SIS Login ID", "moodle": "Username"}[platform]] for row in rows(text)]
    assert sorted(filter(None, found)) == sorted(names)


@pytest.mark.parametrize("column", ["step3 (77)", "Step 3 (77)"])
def test_a_class_list_from_canvas_gives_back_its_own_numbers_and_column(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    """Who is not in it is named and left out, with status 1; other columns do not go back."""
    listed = tmp_path / "class.csv"
    listed.write_text(
        f"\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,{column},Final Score\n"
        "    Points Possible,,,,,23,(read only)\n"
        '"Alder, Ann",101,u1,ANN,A,,50\n"Birch, Ben",102,u2,ben@example.org,A,,\n"Dill, Dan",dan,u4,d4,B,,\n',
        encoding="utf-8",
    )
    out = tmp_path / "canvas.csv"
    status, _, errors = run(capsys, "export", "step3", "canvas", "--results", results, "--out", out, "--class-list", listed)
    assert status == 1
    assert errors == f"workshop: 2 students are {NOT_IN.format(listed)}, and were left out: ben, cid\n"
    table = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]
    assert table[2:] == [["Alder, Ann", "101", "u1", "ANN", "A", f"{STEP.points:.2f}"], ["Dill, Dan", "dan", "u4", "d4", "B", ""]]


def test_of_many_who_are_not_in_the_class_list_the_first_are_named_and_all_are_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, however many there are; the file goes when it is no longer true."""
    names = [f"student-{number:03}" for number in range(300)]
    results = write(tmp_path / "judged", *(judged(name) for name in names))
    listed, out, everybody = tmp_path / "class.csv", tmp_path / "canvas.csv", tmp_path / "canvas_left_out.txt"
    arguments = ("export", "step3", "canvas", "--results", results, "--out", out, "--class-list", listed)
    listed.write_text("Student,ID,SIS Login ID\nA,7,student-000\n", encoding="utf-8")
    status, printed, errors = run(capsys, *arguments)
    assert (status, printed) == (1, f"{out}: 1 students\n")
    assert errors == (
        f"workshop: 299 students are {NOT_IN.format(listed)}, and were left out: student-001, student-002, student-003, "
        f"student-004, student-005, …; all of them: {everybody}\n"
    )
    assert everybody.read_text(encoding="utf-8").splitlines() == names[1:]
    listed.write_text("Student,ID,SIS Login ID\n" + "".join(f"A,7,{name}\n" for name in names[1:]), encoding="utf-8")
    status, _, errors = run(capsys, *arguments)
    assert errors == f"workshop: 1 student is {NOT_IN.format(listed)}, and was left out: student-000\n"
    assert not everybody.exists()


def test_two_people_of_one_name_get_no_points_of_each_other(results: Path) -> None:
    """Found twice is not found."""
    listed = "Username,Email address\nann,a@example.org\nAnn,b@example.org\nben,c@example.org\n"
    text, unknown = platform_csv("moodle", [grades_of(load_class(results, "step3"), STEP)], listed)
    assert unknown == ["ann", "cid", "dan"]
    assert [row["Username"] for row in rows(text)] == ["ben"]


def test_the_gradebook_finds_people_by_their_address_and_number_too() -> None:
    """Where the id is none of the platform's own; an id that is there goes first, and two who fit are nobody."""
    question = Question(name="3.1", out_of=2)

    def line(student: str, points: float, email: str = "", number: str = "") -> Row:
        return Row(student=student, points={"3.1": points}, total=points, state="graded", email=email, platform_id=number)

    found = (
        line("u1", 1, "Ann@example.org"),
        line("u2", 2, number="102"),
        line("cid", 0, "dan@example.org"),
        line("u3", 1, "x@y"),
    )
    grades = Grades(assignment="step3", questions=(question,), rows=found)
    listed = (
        "Full name,Email address,Identifier\nAnn,ann@example.org,Participant 7\nCid,cid,\nDan,dan@example.org,\n,x@y,\n,x@y,\n"
    )
    text, unknown = platform_csv("moodle", [grades], listed)
    assert [(row["Email address"], row["step3"]) for row in rows(text)] == [("ann@example.org", "1.00"), ("cid", "0.00")]
    assert unknown == ["u2", "u3"]
    text, unknown = platform_csv("canvas", [grades], "Student,ID,SIS Login ID\nBen,102,ben\n")
    assert text.splitlines()[2:] == ["Ben,102,ben,2.00"]
    assert unknown == ["u1", "cid", "u3"]


def test_two_ids_of_one_person_give_her_no_points_but_those_of_the_only_one_that_handed_in() -> None:
    """Ids change when a list of students is imported anew: the older one's empty row must not take her points away."""

    def line(student: str, points: float | None, state: str = "graded") -> Row:
        return Row(student=student, points={"3.1": points}, total=points, state=state, email="ann@example.org")

    def exported(*found: Row) -> tuple[list[str], list[str]]:
        grades = Grades(assignment="step3", questions=(Question(name="3.1", out_of=2),), rows=found)
        text, unknown = platform_csv("moodle", [grades], "Username,Email address\nann7,ann@example.org\n")
        return [row["step3"] for row in rows(text)], unknown

    old = line("ann", None, "not_handed_in")
    assert exported(line("4711", 2), old) == exported(old, line("4711", 2)) == (["2.00"], [])
    assert exported(line("4711", 2), line("ann", 1)) == ([], ["4711", "ann"])
    assert exported(old, line("4711", None, "not_handed_in")) == ([""], [])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_canvas_gets_every_column_back_that_it_knows_by_its_place(results: Path, separator: str) -> None:
    """With names in two columns, with semicolons or tabs, and with numbers that nobody has: it refuses another header."""
    header = ["LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section", "step3 (7)"]
    listed = [header, ["    Points Possible", "", "", "", "", "", "23"], ["Alder", "Ann", "101", "", "ann", "", ""]]
    grades = grades_of(load_class(results, "step3"), STEP)
    text, _ = platform_csv("canvas", [grades], "\n".join(separator.join(row) for row in listed))
    assert list(csv.reader(io.StringIO(text))) == [
        header,
        ["    Points Possible", "", "", "", "", "", f"{STEP.points:.2f}"],
        ["Alder", "Ann", "101", "", "ann", "", f"{STEP.points:.2f}"],
    ]


def test_a_list_without_a_known_column_is_refused(results: Path) -> None:
    """The error names the columns."""
    with pytest.raises(ClassListError, match=r"Username, ID number, Email address, .*; it has Nom, Note"):
        platform_csv("moodle", [grades_of(load_class(results, "step3"), STEP)], "Nom,Note\nann,1\n")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_list_that_a_spreadsheet_saved_in_another_encoding_is_refused(
    encoding: str, results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence that says what to do."""
    listed = tmp_path / "listed.csv"
    listed.write_bytes("Username,First name\nann,Änn\n".encode(encoding))
    command = ("export", "step3", "moodle", "--results", results, "--out", tmp_path / "x", "--class-list", listed)
    status, _, errors = run(capsys, *command)
    assert (status, errors.count("\n")) == (1, 1)
    assert "listed.csv is no UTF-8: give it as the platform exported it" in errors


# --- Gradescope and JUnit -----------------------------------------------------------------------------------------------------


def test_gradescope_gets_one_file_per_student(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scores per exercise, what went wrong as plain text; no score at all where the judge failed; 0 of 0 is no pass."""
    write(results, judged("../up"))
    assert run(capsys, "export", "step3", "gradescope", "--results", results, "--out", tmp_path / "out")[0] == 0
    found = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "out").rglob("results.json")}
    assert len(found) == 5
    assert (found["ann"]["score"], found["ann"]["max_score"]) == (STEP.points, STEP.points)
    ben = {test["name"]: test for test in found["ben"]["tests"]}
    assert sum(test["score"] for test in ben.values()) == pytest.approx(found["ben"]["score"])
    assert ben["3.1"]["status"] == "passed"
    optional = {exercise.id for exercise in STEP.exercises if not exercise.points}
    status = {
        name: {test["status"] for test in found[name]["tests"] if test["name"] in optional} for name in ("ann", "ben", "cid")
    }
    assert status == {"ann": {"passed"}, "ben": {"failed"}, "cid": {"failed"}}
    assert "got <3>, expected 4" in ben["3.2"]["output"]
    assert {(test["output_format"], test["visibility"]) for test in ben.values()} == {("text", "visible")}
    assert "score" not in found["dan"]
    assert "tests" not in found["dan"]
    assert "the grader ended" in found["dan"]["output"]
    assert "a hidden test on random input" in ben["3.1"]["output"]
    assert "_hidden.py" not in json.dumps(found)


def test_junit_has_a_case_per_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures with their messages; whoever was not judged has a case that says why; no character breaks the file."""
    write(
        tmp_path, judged("ann", everything()), judged('<"ä&\x1b', everything("failed"), messages={"3.1": "]]> \ufffe <x>\nmore"})
    )
    write(tmp_path, unjudged("dan"), refused("cid"))
    assert run(capsys, "export", "step3", "junit", "--results", tmp_path, "--out", tmp_path / "junit.xml")[0] == 0
    suites = {suite.attrib["name"]: suite for suite in ET.parse(tmp_path / "junit.xml").getroot()}
    assert len(suites) == 4
    count = 2 * len(STEP.exercises)
    assert (suites["ann"].attrib["tests"], suites["ann"].attrib["failures"]) == (str(count), "0")
    assert {case.attrib["time"] for case in suites["ann"]} == {"0.250"}
    hostile = next(suite for name, suite in suites.items() if name.startswith('<"ä&'))
    assert hostile.attrib["failures"] == str(count)
    assert (hostile[0][0].text or "").endswith("<x>\nmore")
    assert suites["dan"].attrib["errors"] == "1"
    assert suites["cid"].attrib["failures"] == "1"


# --- Folders that are not as they should be -----------------------------------------------------------------------------------


def test_a_damaged_result_is_told_of_and_stops_nothing(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are exported."""
    (results / "step3" / "eve.json").write_text("{}", encoding="utf-8")
    (results / "step3" / "old.json").mkdir()
    status, printed, errors = run(capsys, "export", "step3", "csv", "--results", results, "--out", tmp_path / "out.csv")
    assert (status, "4 students, 1 of them without points" in printed, "eve.json is no result" in errors) == (0, True, True)


def test_a_copy_of_a_result_counts_nobody_twice(results: Path) -> None:
    """Such as a backup beside it."""
    (results / "step3" / "ann backup.json").write_bytes((results / "step3" / "ann.json").read_bytes())
    found = load_class(results, "step3")
    assert [student.name for student in found.students] == ["ann", "ben", "cid", "dan"]
    assert found.warnings[0].endswith("ann backup.json is a copy of the result of ann, and was left out")


@pytest.mark.parametrize("command", [["export", "step3", "csv"], ["report", "step3"]])
def test_points_that_have_changed_since_are_not_mixed_with_those_of_now(
    command: list[str], results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written; what to do is said."""
    first, second, *others = STEP.exercises
    exercises = (msgspec.structs.replace(first, points=9), *others, msgspec.structs.replace(second, id="3.99"))
    changed = msgspec.structs.replace(STEP, exercises=exercises)
    monkeypatch.setattr(commands, "load_course", lambda: msgspec.structs.replace(load_course(), steps=(changed,)))
    status, _, errors = run(capsys, *command, "--results", results, "--out", tmp_path / "out")
    assert (status, (tmp_path / "out").exists()) == (1, False)
    assert f"({first.id} counted {first.points}, not 9, 3.2 is no exercise any more, 3.99 is new)" in errors
    assert "judge the class again (workshop judge step3 …)" in errors


def test_results_of_two_versions_of_the_tests_are_told_of(results: Path) -> None:
    """Points that were given by different tests are not to be compared."""
    save(results, msgspec.structs.replace(judged("eve"), course="c2"))
    assert "2 versions of the tests" in load_class(results, "step3").warnings[0]


def test_a_section_has_its_own_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its course folder, where its commands are typed, `course.key` is taken as nbgrader takes it; elsewhere the course's."""
    from grading.judging import keys

    save(tmp_path / "judged", judged("ann", everything()), key=keys.seal_key("of the section"))
    monkeypatch.setattr(keys, "KEY_FILE", tmp_path / "course" / "course.key")
    keys.make_key(keys.KEY_FILE)
    monkeypatch.chdir(tmp_path)
    command = ("export", "step3", "csv", "--out", "out.csv")
    assert run(capsys, *command)[0] == 1
    Path("course.key").write_text("of the section\n", encoding="utf-8")
    assert run(capsys, *command)[0] == 0
    monkeypatch.chdir(tmp_path / "course")
    assert keys.key_here() is None


def test_results_sealed_with_a_secret_need_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever lacks the course's secret can neither write results nor have them taken for real."""
    from grading.judging.keys import seal_key

    save(tmp_path, judged("ann", everything()), key=seal_key("s3cret"))
    (tmp_path / "key").write_text("s3cret\n", encoding="utf-8")
    command = ("export", "step3", "csv", "--results", tmp_path, "--out", tmp_path / "out.csv", "--key-file")
    (tmp_path / "wrong").write_text("other\n", encoding="utf-8")
    assert run(capsys, *command, tmp_path / "wrong")[0] == 1
    assert run(capsys, *command, tmp_path / "key")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["step9", "csv"], "there is no step 'step9'; choose one of step1, step2"),
        (["step3", "csv"], "there are no results in"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, and what to do."""
    status, _, errors = run(capsys, "export", *arguments, "--results", tmp_path, "--out", tmp_path / "x")
    assert status == 1
    assert sentence in errors
    with pytest.raises(NoResultsError):
        load_class(tmp_path, "step3")


def test_ctrl_c_is_one_word(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 130 as a shell has it, no traceback, and what was there before is untouched."""

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    (tmp_path / "out.csv").write_text("older", encoding="utf-8")
    monkeypatch.setattr(commands, "per_question_csv", interrupted)
    ended = run(capsys, "export", "step3", "csv", "--results", results, "--out", tmp_path / "out.csv")
    assert ended == (130, "", "workshop: stopped\n")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "older"


def test_a_file_that_cannot_be_written_is_named(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk does not say which file it was, and a read-only folder names one that nobody asked for."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, errors = run(capsys, "export", "step3", "csv", "--results", results, "--out", tmp_path / "x.csv")
    assert (status, errors) == (1, f"workshop: [Errno 28] No space left on device: '{tmp_path / 'x.csv'}'\n")
    assert [path.name for path in tmp_path.iterdir()] == ["judged"]


# --- nbgrader's gradebook -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Step 3 with two exercises and a question: ann is late, ben and dan wait for a human, cid handed in nothing."""
    url = f"sqlite:///{tmp_path_factory.mktemp('gradebook') / 'gradebook.db'}"
    with pytest.MonkeyPatch.context() as patch:  # as after activating the environment: nbgrader calls alembic
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        Gradebook(url).close()
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("step3", duedate="2026-01-01 12:00:00 UTC")
        gradebook.add_assignment("step4")
        gradebook.add_notebook("step3", "step3")
        for name, points in (("exercise-3-10", 3), ("exercise-3-2", 4)):
            gradebook.add_grade_cell(name, "step3", "step3", max_score=points, cell_type="code")
        gradebook.add_grade_cell("question-3", "step3", "step3", max_score=2, cell_type="markdown")
        for name, first, last in (
            ("ann", "Ann", "=Alder"),
            ("ben", "Ben", "Birch"),
            ("cid", "Cid", "Cedar"),
            ("dan", None, None),
        ):
            gradebook.add_student(name, first_name=first, last_name=last, email=f"{name}@example.org", lms_user_id=f"1{name}")
        scores = {"ann": (4.0, 2.5, 1.5), "ben": (1.33, 0.0, None), "dan": (None, 3.0, 2.0)}
        for name, (second, tenth, question) in scores.items():
            gradebook.add_submission("step3", name, timestamp=datetime.datetime(2026, 1, 2))
            for cell, auto in (("exercise-3-2", second), ("exercise-3-10", tenth)):
                grade = gradebook.find_grade(cell, "step3", "step3", name)
                grade.auto_score, grade.needs_manual_grade = auto, auto is None
            grade = gradebook.find_grade("question-3", "step3", "step3", name)
            grade.manual_score, grade.needs_manual_grade = question, question is None
        gradebook.find_submission_notebook("step3", "step3", "ann").late_submission_penalty = 1.0
        gradebook.db.commit()
    return url


def exported(database: str, exporter: str, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What `nbgrader export` writes with one of our exporters, run as an instructor runs it."""
    command = [sys.executable, "-m", "nbgrader", "export", f"--exporter=grading.classroom.exports.{exporter}", f"--to={out}"]
    return subprocess.run(
        [*command, f"--db={database}", *options],
        cwd=out.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_nbgrader_exports_a_column_per_question(database: str, tmp_path: Path) -> None:
    """The manual one included, in the order of their numbers; what nobody has graded is empty, and so is its total."""
    exported(database, "PerQuestionExporter", tmp_path / "grades.csv", "--assignment=['step3']")
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    found = {row["student"]: row for row in rows(text)}
    names = ["exercise-3-2", "exercise-3-10", "question-3"]
    assert text.startswith(f"student,last_name,first_name,{','.join(names)},late_penalty,total,out_of,state,note\n")
    assert [found["ann"][name] for name in (*names, "late_penalty", "total")] == ["4.00", "2.50", "1.50", "1.00", "7.00"]
    assert [found["ben"][name] for name in (*names, "total", "state")] == ["1.33", "0.00", "", "", "needs_manual_grade"]
    assert [found["cid"][name] for name in (*names, "total", "state")] == ["", "", "", "", "not_handed_in"]
    assert [found["dan"][name] for name in (*names, "total")] == ["", "3.00", "2.00", ""]
    assert found["ann"]["last_name"] == "'=Alder"
    assert found["ann"]["out_of"] == "9.00"


def test_our_totals_are_nbgraders_own(database: str, tmp_path: Path) -> None:
    """Where all is graded, the built-in exporter says the same."""
    exported(database, "PerQuestionExporter", tmp_path / "ours.csv", "--assignment=['step3']")
    command = [sys.executable, "-m", "nbgrader", "export", "--to=theirs.csv", f"--db={database}", "--assignment=['step3']"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    theirs = {row["student_id"]: row["score"] for row in rows((tmp_path / "theirs.csv").read_text(encoding="utf-8"))}
    ours = {row["student"]: row["total"] for row in rows((tmp_path / "ours.csv").read_text(encoding="utf-8"))}
    assert float(ours["ann"]) == float(theirs["ann"]) == 7.0


def test_nbgrader_exports_for_canvas_moodle_and_gradescope(database: str, tmp_path: Path) -> None:
    """Each with what the gradebook knows of a student; a class list is an option."""
    with Gradebook(database) as gradebook:
        for exporter, name in ((exports.CanvasExporter, "canvas.csv"), (exports.MoodleExporter, "moodle.csv")):
            exporter(to=str(tmp_path / name), assignment=["step3"]).export(gradebook)
        exports.GradescopeExporter(to=str(tmp_path / "scope"), assignment=["step3"], student=["ann", "ben"]).export(gradebook)
    canvas = list(csv.reader(io.StringIO((tmp_path / "canvas.csv").read_text(encoding="utf-8"))))
    assert ["'=Alder, Ann", "1ann", "", "ann", "", "7.00"] in canvas
    assert {row[3]: row[-1] for row in canvas[2:]} == {"ann": "7.00", "ben": "", "cid": "", "dan": ""}
    moodle = {row["Username"]: row for row in rows((tmp_path / "moodle.csv").read_text(encoding="utf-8"))}
    assert (moodle["ben"]["Email address"], moodle["ann"]["step3"], moodle["ben"]["step3"]) == ("ben@example.org", "7.00", "")
    assert sorted(path.parent.name for path in (tmp_path / "scope").rglob("results.json")) == ["ann", "ben"]
    listed = tmp_path / "list.csv"
    listed.write_text("Student,ID,SIS Login ID\nA,7,ann\nB,8,ben\n", encoding="utf-8")
    told = exported(
        database, "CanvasExporter", tmp_path / "c.csv", "--assignment=['step3']", f"--CanvasExporter.class_list={listed}"
    )
    assert f"2 students are {NOT_IN.format(listed)}, and were left out: cid, dan" in told.stderr
    assert (tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()[2:] == ["A,7,ann,7.00", "B,8,ben,"]


def test_several_assignments_stand_in_one_file(database: str, tmp_path: Path) -> None:
    """Without --assignment, all: a row per student and assignment."""
    exported(database, "PerQuestionExporter", tmp_path / "all.csv")
    found = rows((tmp_path / "all.csv").read_text(encoding="utf-8"))
    assert len(found) == 8
    assert {row["assignment"] for row in found} == {"step3", "step4"}


def test_what_nbgrader_cannot_export_is_one_sentence(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class list that is not there or in another encoding, a folder in the way, no such step: status 1, and no traceback."""
    (tmp_path / "list.csv").write_bytes("Student\nÄnn\n".encode("latin-1"))
    told: list[str] = []
    with Gradebook(database) as gradebook:
        for name, to, sentence in (("list.csv", "x", "is no UTF-8"), ("none.csv", "x", "none.csv"), ("", "", "Is a directory")):
            exporter = exports.CanvasExporter(to=str(tmp_path / to), class_list=str(tmp_path / name) if name else "")
            monkeypatch.setattr(exporter.log, "error", lambda text, *values: told.append(text % values))
            with pytest.raises(SystemExit):
                exporter.export(gradebook)
            assert told[-1].startswith("nothing was exported: ")
            assert sentence in told[-1]
        exporter = exports.PerQuestionExporter(to=str(tmp_path / "x"), assignment=["step9"])
        monkeypatch.setattr(exporter.log, "error", lambda text, *values: told.append(text % values))
        with pytest.raises(SystemExit):
            exporter.export(gradebook)
    assert told[-1] == "nothing was exported: No such assignment: step9"
