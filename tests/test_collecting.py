"""Collecting: what Moodle and Canvas give, through real `nbgrader zip_collect`; and nbgrader's own exchange."""

import csv
import getpass
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from grading.classroom.collecting import NOT_COLLECTED, REPORT, TIMELESS, TIMESTAMP, UNLISTED, Collected, collect, report
from grading.classroom.downloads import Enrolled, Skipped, Upload, parse, slug, student_ids
from grading.classroom.prepass import rebuild
from grading.judging.intake import RejectedError, take_in
from grading.judging.judge import Batch
from grading.manifest import load_course
from grading.packing_list import MAX_NOTEBOOK, MAX_SOURCE, NAME, PackingList, to_bytes

ROOT = Path(__file__).parents[1]
STEP = load_course().step(3)
MODELS = b'"""Mine."""\nanswer = 1\n'
NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
PACKED = "2026-11-20T10:00:00+00:00"
TAKEN = {"models.py", "step3.ipynb", NAME, TIMESTAMP}
"""What is there of a student whose archive was whole."""

Members = Iterable[tuple[str, bytes]]


def zipped(members: Members, when: tuple[int, int, int, int, int, int] = (2026, 11, 24, 12, 0, 0)) -> bytes:
    """A zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, when)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return data.getvalue()


def submission(models: bytes = MODELS, packed: str = PACKED) -> bytes:
    """What `workshop submit step3` writes."""
    listed = to_bytes(PackingList(step="step3", packed=packed, files={}))
    return zipped([("models.py", models), ("step3.ipynb", NOTEBOOK), (NAME, listed)])


def collected(tmp_path: Path, *members: tuple[str, bytes], enrolled: Sequence[Enrolled] = ()) -> dict[str, Collected]:
    """Student -> what was collected from a download with these members."""
    tmp_path.joinpath("download.zip").write_bytes(zipped(members))
    return {each.student: each for each in collect(tmp_path, STEP, enrolled)[0]}


# --- Names --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Doe Jane_12345_assignsubmission_file_/step3-submission.zip", ("Moodle", "Doe Jane", "12345", "step3-submission.zip")),
        ("Doe Jane_12345_assignsubmission_file/models.py", ("Moodle", "Doe Jane", "12345", "models.py")),
        ("Doe Jane_12345_assignsubmission_file_step3-submission.zip", ("Moodle", "Doe Jane", "12345", "step3-submission.zip")),
        ("W-ML-step3-77/Doe Jane_12345_assignsubmission_file_/a/b/models.py", ("Moodle", "Doe Jane", "12345", "models.py")),
        ("Participant_9_assignsubmission_file_/models.py", ("Moodle", "Participant", "9", "models.py")),
        ("doejane_12345_67890_step3-submission.zip", ("Canvas", "doejane", "12345", "step3-submission.zip")),
        ("doejane_LATE_12345_67890_step3-submission-2.zip", ("Canvas", "doejane", "12345", "step3-submission-2.zip")),
        ("submissions/anon_xYz12_67890_models.py", ("Canvas", "anon", "xYz12", "models.py")),
        ("山田太郎_12345_67890_models.py", ("Canvas", "山田太郎", "12345", "models.py")),
        ("o_neil_7_8_my_1_2_models.py", ("Canvas", "o_neil", "7", "my_1_2_models.py")),
    ],
)
def test_a_name_tells_whose_a_file_is(path: str, expected: tuple[str, str, str, str]) -> None:
    """In all forms that the two systems write."""
    upload = parse(path.split("/"))
    assert upload is not None
    assert (upload.system, upload.name, upload.number, upload.file) == expected
    assert upload.late == ("LATE" in path)


@pytest.mark.parametrize(
    "path", ["models.py", "grades.csv", "Doe Jane_1_assignsubmission_onlinetext_/onlinetext.html", "doe_12_text.html", ""]
)
def test_other_names_are_nobodys(path: str) -> None:
    """A table of grades, an answer that was typed into the page."""
    assert parse([part for part in path.split("/") if part]) is None


def test_nobody_speaks_for_others() -> None:
    """A student chooses the names in her own folder, and her file's; only the outermost name, which Moodle chose, counts."""
    for path in (
        "Eve_1_assignsubmission_file_/Doe Jane_2_assignsubmission_file_/models.py",
        "Eve_1_assignsubmission_file_/doejane_2_3_models.py",
        "Eve_1_assignsubmission_file_Doe Jane_2_assignsubmission_file_models.py",
    ):
        upload = parse(path.split("/"))
        assert upload is not None
        assert (upload.name, upload.number) == ("Eve", "1")


def test_ids_are_names_that_every_system_can_write() -> None:
    """Letters of any writing; no slash, dot, plus or brace."""
    assert slug("Müller-Lüdenscheidt, Ann+Kathrin {x}") == "müller-lüdenscheidt-ann-kathrin-x"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("e\u0301va") == slug("éva")
    assert slug("ＪＡＮＥ\u202e") == "jane"
    assert slug("🙂") == "student"
    assert len(slug("ß" * 300).encode()) <= 200
    assert slug("प्रिया") == "प्रिया"


def test_two_students_with_one_name_stay_two() -> None:
    """Then Moodle's number tells them apart; Canvas's always does, because there it is the same in each step."""
    ids = student_ids([("Moodle", "Doe Jane", "1"), ("Moodle", "doe jane", "2"), ("Moodle", "Roe", "3"), ("Canvas", "poe", "4")])
    assert [*ids.values()] == ["poe-4", "doe-jane-1", "roe", "doe-jane-2"]
    assert len(set(student_ids([("Moodle", "a 2", "1"), ("Moodle", "a", "2"), ("Moodle", "A", "3")]).values())) == 3


def test_the_gradebooks_own_ids_come_first() -> None:
    """By Canvas's number, or by a name that only one has."""
    enrolled = [
        Enrolled(id="jd1", first_name="Jane", last_name="Doe", number="4"),
        Enrolled(id="rr2", first_name="Richard", last_name="Roe"),
    ]
    ids = student_ids([("Moodle", "Doe Jane", "1"), ("Moodle", "Richard Roe", "2")], enrolled)
    assert [*ids.values()] == ["jd1", "rr2"]
    ids = student_ids([("Canvas", "anything", "4"), ("Canvas", "roerichard", "5"), ("Moodle", "Doe Jane", "1")], enrolled)
    assert [*ids.values()] == ["jd1", "rr2", "doe-jane"], "one id is never given to two"
    ids = student_ids([("Moodle", "Doe Jane", "1"), ("Moodle", "Jane Doe", "2")], enrolled)
    assert sorted(ids.values()) == ["doe-jane", "jane-doe"], "who of the two she is cannot be known"
    assert [*student_ids([("Moodle", "rr2", "7")], enrolled).values()] == ["rr2-7"], "nobody gets another's id"
    assert [*student_ids([("Moodle", "Poe", "7")], [Enrolled(id="poe")]).values()] == ["poe"], "collected in an earlier step"


def test_whose_number_is_known_is_nobody_of_another_number() -> None:
    """Canvas writes `Li Anna` and `Lian Na` alike, and there may be a second Jane Doe who is not in the list."""
    enrolled = [Enrolled(id="ln", first_name="Na", last_name="Lian", number="777")]
    assert [*student_ids([("Canvas", "lianna", "888")], enrolled).values()] == ["lianna-888"]
    assert [*student_ids([("Canvas", "lianna", "777")], enrolled).values()] == ["ln"]


def test_long_names_are_found_in_any_order() -> None:
    """An id is cut off, and what is compared is not."""
    first, last = "Maria Magdalena Wilhelmina Josephina", "von und zu Hohenlohe-Schillingsfürst-Waldenburg"
    enrolled = [Enrolled(id="m1", first_name=first, last_name=last), Enrolled(id="m2", first_name=first, last_name=f"{last}-Alt")]
    names = [f"{last} {first}", f"{last}-Alt {first}"]
    assert [*student_ids([("Moodle", name, str(place)) for place, name in enumerate(names)], enrolled).values()] == ["m1", "m2"]


def test_a_name_with_an_apostrophe_is_found(tmp_path: Path) -> None:
    """Moodle and Canvas leave it out, the list of students does not."""
    enrolled = [
        Enrolled(id="zo1", first_name="Zoë", last_name="D'Ångström-O'Neil"),
        Enrolled(id="on2", last_name="Neil", first_name="O"),
    ]
    for name in ("Zoë DÅngström-ONeil_1_assignsubmission_file_/models.py", "dångströmoneilzoë_1_5_models.py"):
        (each,) = collected(tmp_path, (name, MODELS), enrolled=enrolled).values()
        assert (each.student, each.notes) == ("zo1", ("step3.ipynb was not handed in",))


# --- What counts --------------------------------------------------------------------------------------------------------------


def test_of_several_archives_the_newest_counts(tmp_path: Path) -> None:
    """Canvas counts what is handed in again, up to two digits; a browser does so in parentheses."""
    members = [(f"doe_1_5_step3-submission{again}.zip", submission(again.encode())) for again in ("", "-2", "-10", "-1")]
    (each,) = collected(tmp_path, *members).values()
    assert each.files["models.py"] == b"-10"
    members = [
        (f"Doe_1_assignsubmission_file_/step3-submission{again}.zip", submission(again.encode())) for again in (" (1)", "")
    ]
    (each,) = collected(tmp_path, *members).values()
    assert each.files["models.py"] == b" (1)"
    assert each.notes == ("step3-submission.zip was left out",)


def test_of_several_downloads_canvas_newest_counts(tmp_path: Path) -> None:
    """Its numbers of uploads grow with time, whatever the files are called."""
    new, old = ("doe_1_900_step3-submission.zip", submission(b"new")), ("doe_1_80_step3-submission-3.zip", submission(b"old"))
    (each,) = collected(tmp_path, new, old).values()
    assert each.files["models.py"] == b"new"


def test_an_archive_of_something_else_takes_nothing_away(tmp_path: Path) -> None:
    """Pictures beside loose files, or in a later upload than the answers: what is wanted counts, and the rest is told of."""
    pictures = zipped([("a.png", b"")])
    folder = "Doe_1_assignsubmission_file_"
    (each,) = collected(tmp_path, (f"{folder}/models.py", MODELS), (f"{folder}/pictures.zip", pictures)).values()
    assert each.files.keys() == {"models.py", TIMESTAMP}
    assert each.notes[0].startswith("pictures.zip: there is no ")
    assert each.notes[1:] == ("step3.ipynb was not handed in",)
    (each,) = collected(tmp_path, ("doe_1_5_step3-submission.zip", submission()), ("doe_1_6_pictures.zip", pictures)).values()
    assert {*each.files} == TAKEN
    assert each.notes[0].startswith("pictures.zip: there is no ")
    (each,) = collected(tmp_path, ("doe_1_5_my.zip", pictures), ("doe_1_6_your.zip", b"no archive")).values()
    assert {*each.files} == {NOT_COLLECTED, TIMESTAMP}
    assert [note.partition(":")[0] for note in each.notes] == ["your.zip", "my.zip"]


def test_loose_files_are_taken_too(tmp_path: Path) -> None:
    """Without an archive: the newest of each, and only those that the step asks for."""
    members = [
        ("doe_1_5_models.py", b"old"),
        ("doe_1_6_models-1.py", b"new"),
        ("doe_1_7_step3.ipynb", NOTEBOOK),
        ("doe_1_8_notes.txt", b""),
    ]
    (each,) = collected(tmp_path, *members).values()
    assert each.files.keys() == {"models.py", "step3.ipynb", TIMESTAMP}
    assert each.files["models.py"] == b"new"
    assert each.notes == ("models.py was left out", "notes.txt was left out")


def test_a_download_may_be_unpacked(tmp_path: Path) -> None:
    """Folders of students and files of students, as they lie in it; what systems put beside them is left alone."""
    for name, content in (
        ("Doe Jane_1_assignsubmission_file_/step3-submission.zip", submission()),
        ("Roe_2_assignsubmission_file_/models.py", MODELS),
        ("poe_3_4_step3-submission.zip", submission()),
        ("__MACOSX/Doe Jane_1_assignsubmission_file_/step3-submission.zip", b""),
        (".DS_Store", b""),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found, skipped = collect(tmp_path, STEP)
    assert [(each.student, {*each.files}) for each in found] == [
        ("doe-jane", TAKEN),
        ("poe-3", TAKEN),
        ("roe", {"models.py", TIMESTAMP}),
    ]
    assert skipped == []


def test_an_interns_whole_folder_is_taken(tmp_path: Path) -> None:
    """Whoever packs by hand packs `exercises/`, or a folder around it."""
    whole = zipped([("mine/exercises/step3/models.py", MODELS), ("mine/exercises/step3/step3.ipynb", NOTEBOOK), ("mine/x", b"")])
    (each,) = collected(tmp_path, ("doe_1_5_all.zip", whole)).values()
    assert each.files.keys() == {"models.py", "step3.ipynb", TIMESTAMP}


@pytest.mark.parametrize(
    ("packed", "name", "expected"),
    [
        (PACKED, "doe_1_5", "2026-11-20 10:00:00 UTC\n"),
        ("2026-11-20T11:00:00+01:00", "doe_1_5", "2026-11-20 10:00:00 UTC\n"),
        (PACKED, "doe_LATE_1_5", None),
        ("2099-01-01T00:00:00+00:00", "doe_1_5", None),
        ("2026-11-20T10:00:00", "doe_1_5", None),
        ("yesterday", "doe_1_5", None),
    ],
)
def test_the_time_is_that_of_packing(tmp_path: Path, packed: str, name: str, expected: str | None) -> None:
    """As long as it can be: not after the download's time, and not where Canvas says that it was late."""
    (each,) = collected(tmp_path, (f"{name}_step3-submission.zip", submission(packed=packed))).values()
    downloads = f"{datetime(2026, 11, 24, 12).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
    assert each.files[TIMESTAMP].decode() == (expected or downloads)
    assert each.upload.late == ("LATE" in name)


def timed(folder: Path, due: datetime, *members: tuple[str, bytes]) -> dict[str, tuple[str, bool]]:
    """Student -> the time that counts, and whether a note says that it is not known."""
    folder.joinpath("download.zip").write_bytes(zipped([*members]))
    found = collect(folder, STEP, due=due)[0]
    return {each.student: (each.files[TIMESTAMP].decode(), TIMELESS in each.notes) for each in found}


def test_whoever_canvas_does_not_call_late_is_in_time(tmp_path: Path) -> None:
    """Its download has no time but its own, which is after the due date."""
    due = datetime(2026, 11, 22, tzinfo=UTC)
    found = timed(tmp_path, due, ("doe_1_5_models.py", MODELS), ("roe_LATE_2_6_models.py", MODELS))
    downloads = f"{datetime(2026, 11, 24, 12).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
    assert found == {"doe-1": ("2026-11-22 00:00:00 UTC\n", False), "roe-2": (downloads, False)}


def test_of_whom_moodle_says_no_time_nobody_is_late_and_the_instructor_is_told(tmp_path: Path) -> None:
    """Its download, too, has no time but its own: who was late can be known from what `workshop submit` wrote down alone."""
    place = "{}_assignsubmission_file_/{}"
    packed = submission(packed="2026-11-23T10:00:00+00:00")
    loose, late = (place.format("Poe_3", "models.py"), MODELS), (place.format("Roe_4", "step3-submission.zip"), packed)
    assert timed(tmp_path, datetime(2026, 11, 22, tzinfo=UTC), loose, late) == {
        "poe": ("2026-11-22 00:00:00 UTC\n", True),
        "roe": ("2026-11-23 10:00:00 UTC\n", False),
    }
    found = timed(tmp_path, datetime(2026, 11, 26, tzinfo=UTC), loose, late)
    assert [is_told for _, is_told in found.values()] == [False, False], "who was in time at the download was in time"


# --- What is wrong ------------------------------------------------------------------------------------------------------------

BAD = {
    "broken": b"PK\x03\x04 nothing of the kind",
    "no archive": b"hello",
    "empty": zipped([]),
    "another step": zipped([("step4/trainer.py", b"")]),
    "leads out": zipped([("../../models.py", MODELS), ("models.py", MODELS)]),
    "absolute": zipped([("/etc/cron.d/x", b""), ("models.py", MODELS)]),
    "bomb": zipped([("models.py", MODELS), ("zeros", bytes(30 * 2**20))]),
    "bomb in the file": zipped([("models.py", bytes(30 * 2**20))]),
    "twins": zipped([("models.py", MODELS), ("Models.py", MODELS)]),
    "cut off": submission()[:-40],
}


def test_whatever_is_wrong_with_one_stops_nobody_else(tmp_path: Path) -> None:
    """Each of the wrong ones gets a folder with the reason; and so a row in the gradebook."""
    members = [
        (f"{name}_{place}_assignsubmission_file_/step3-submission.zip", data) for place, (name, data) in enumerate(BAD.items())
    ]
    found = collected(tmp_path, *members, ("Zoe_99_assignsubmission_file_/step3-submission.zip", submission()))
    assert len(found) == len(BAD) + 1
    assert found["zoe"].files.keys() == TAKEN
    for name in BAD:
        each = found[slug(name)]
        assert each.files.keys() == {NOT_COLLECTED, TIMESTAMP}, name
        assert each.notes
        assert each.files[NOT_COLLECTED].decode().splitlines() == [*each.notes]
        assert str(tmp_path) not in each.notes[0]


@pytest.mark.parametrize("name", [*BAD, "own notebook"])
def test_the_table_and_the_judge_give_one_reason(tmp_path: Path, name: str) -> None:
    """Word for word, also where a notebook came without its module; and the student's name is not in it."""
    data = BAD.get(name) or zipped([("step3.ipynb", NOTEBOOK)])
    each = collected(tmp_path, ("Jane Roe_1_assignsubmission_file_/step3-submission.zip", data))["jane-roe"]
    folder = tmp_path / "submitted" / "jr" / "step3"
    folder.mkdir(parents=True)
    for file, content in each.files.items():
        (folder / file).write_bytes(content)
    (row,) = csv.DictReader(io.StringIO(report([each], [])))
    batch = Batch(step=STEP, out=tmp_path / "judged")
    (result,) = batch.judge([folder.parents[1]], lambda _: None)
    assert (result.state, result.feedback) == ("rejected_intake", (row["notes"],))
    assert "Roe" not in result.feedback[0]


def test_whatever_stands_in_place_of_a_reason_is_one_line_or_passed_over(tmp_path: Path) -> None:
    """A student may hand such a file in, too."""
    folder = tmp_path / "jr" / "step3"
    folder.mkdir(parents=True)
    for content, reason in ((b"a\x1b[2J\xff\n\n b", "a\\x1b[2J\ufffd;  b"), (b"x" * 20_000, "there is no"), (b"", "there is no")):
        (folder / NOT_COLLECTED).write_bytes(content)
        with pytest.raises(RejectedError) as refused:
            take_in(tmp_path / "jr", ["models.py"], folder="step3")
        assert refused.value.message.startswith(reason)
        assert "\n" not in refused.value.message


def test_a_huge_notebook_is_left_out_and_the_answer_stays(tmp_path: Path) -> None:
    """Points come from the module files; whoever grades the written answer is told, for it may stand in there."""
    data = zipped([("models.py", MODELS), ("step3.ipynb", os.urandom(MAX_NOTEBOOK + 1))])
    (each,) = collected(tmp_path, ("doe_1_5_step3-submission.zip", data)).values()
    assert each.files.keys() == {"models.py", NOT_COLLECTED, TIMESTAMP}
    assert "step3.ipynb: more than" in each.notes[0]
    for name, content in each.files.items():
        (tmp_path / name).write_bytes(content)
    clean = rebuild(nbformat.reads(NOTEBOOK, as_version=4), tmp_path, "step3.ipynb")
    assert clean.unread
    assert "step3.ipynb was handed in, and could not be collected (step3-submission.zip/step3.ipynb: more" in clean.findings[0]
    assert take_in(tmp_path, ["models.py"], folder="step3").missing == ()


def test_a_reason_names_the_file_and_nobody(tmp_path: Path) -> None:
    """It goes into the judge's results and the feedback, which know ids alone; whether the download is packed or not."""
    huge = os.urandom(MAX_SOURCE + 1)
    folder = tmp_path / "Roe Richard_2_assignsubmission_file_"
    folder.mkdir()
    (folder / "models.py").write_bytes(huge)
    for each in collected(tmp_path, ("Doe Jane_1_assignsubmission_file_/models.py", huge)).values():
        assert each.notes == (f"models.py: more than {MAX_SOURCE} bytes",)
        assert each.files[NOT_COLLECTED].decode() == f"models.py: more than {MAX_SOURCE} bytes\n"


def test_who_handed_in_something_else_is_named(tmp_path: Path) -> None:
    """Nothing is guessed."""
    (each,) = collected(tmp_path, ("Doe_1_assignsubmission_file_/my_models.py", MODELS)).values()
    assert each.notes == (
        "neither an archive nor any of models.py, step3.ipynb was handed in",
        "my_models.py was left out",
    )


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """The table says so before anything is judged; the other files stay."""
    members = [(f"{name}_1_assignsubmission_file_/{name}", b"x") for name in ("models.py", "step3.ipynb")]
    found = collected(tmp_path, *members)
    assert found["models-py"].notes == ("step3.ipynb was not handed in",)
    assert found["step3-ipynb"].notes == ("models.py was not handed in",)


def test_who_is_not_in_the_list_of_students_is_told_of(tmp_path: Path) -> None:
    """In the table, not to the judge, and only where there is a list; a name that two have is nobody's."""
    name = "{}_assignsubmission_file_/my_models.py"
    members = [(name.format(each), MODELS) for each in ("Jane Doe_1", "Doe Jane_2", "Richard Roe_3")]
    enrolled = [Enrolled(id="jd", first_name="Jane", last_name="Doe"), Enrolled(id="rr", first_name="Richard", last_name="Roe")]
    found = collected(tmp_path, *members, enrolled=enrolled)
    assert {student for student, each in found.items() if UNLISTED in each.notes} == {"jane-doe", "doe-jane"}
    assert not [each for each in found.values() if UNLISTED.encode() in each.files[NOT_COLLECTED]]
    found = collected(tmp_path, *members, enrolled=[Enrolled(id="graded-before")])
    assert not [each for each in found.values() if UNLISTED in each.notes]


def test_what_was_typed_into_a_page_is_said_to_be_just_that(tmp_path: Path) -> None:
    """Moodle and Canvas put it beside the files; its author's files are collected all the same."""
    typed = ["Doe Jane_1_assignsubmission_onlinetext_/onlinetext.html", "doejane_12_text.html"]
    whole = zipped([("Doe Jane_1_assignsubmission_file_/models.py", MODELS), *((name, b"<p>") for name in typed), ("a.txt", b"")])
    (tmp_path / "download.zip").write_bytes(whole)
    found, skipped = collect(tmp_path, STEP)
    assert [each.student for each in found] == ["doe-jane"]
    assert ["typed into the page" in each.reason for each in skipped] == [True, False, True]


def test_an_archive_that_may_be_a_students_or_the_whole_classs_is_left_to_a_human(tmp_path: Path) -> None:
    """Moodle begins its name with the course's, which may look like a student's; a student may pack what looks like a class."""
    whole = zipped([("Doe Jane_1_assignsubmission_file_/models.py", MODELS)])
    (tmp_path / "ML_2026_27_CV-step3-4711.zip").write_bytes(whole)
    (tmp_path / "roe_2_3_step3-submission.zip").write_bytes(submission())
    (tmp_path / "poe_3_4_my.zip").write_bytes(b"no archive")
    found, skipped = collect(tmp_path, STEP)
    assert [each.student for each in found] == ["poe-3", "roe-2"]
    assert [skip.where for skip in skipped] == ["ML_2026_27_CV-step3-4711.zip"]
    assert "if it is the class's, rename it (class.zip)" in skipped[0].reason
    (tmp_path / "ML_2026_27_CV-step3-4711.zip").rename(tmp_path / "class.zip")
    assert "doe-jane" in [each.student for each in collect(tmp_path, STEP)[0]]


def test_a_broken_download_stops_no_other(tmp_path: Path) -> None:
    """Nor do a file without an owner, and a link."""
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "grades.csv").write_text("")
    (tmp_path / "b.zip").write_bytes(zipped([("doe_1_5_models.py", MODELS), ("../README.txt", b"")]))
    (tmp_path / "roe_2_3_models.py").symlink_to(tmp_path / "b.zip")
    found, skipped = collect(tmp_path, STEP)
    assert [(each.student, {*each.files}) for each in found] == [
        ("doe-1", {"models.py", TIMESTAMP}),
        ("roe-2", {NOT_COLLECTED, TIMESTAMP}),
    ]
    assert [skip.where for skip in skipped] == ["a.zip", "b.zip/../README.txt", "grades.csv"]
    assert "damaged" in skipped[0].reason


def test_the_table_holds_no_formula() -> None:
    """A student may be called as she likes; a spreadsheet opens it."""
    upload = Upload(system="Canvas", name='=HYPERLINK("http://x")', number="1", file="x", late=True)
    each = Collected(student="x-1", upload=upload, files={"models.py": b"", TIMESTAMP: b""}, notes=("a\x1b[2Jb", "c"))
    rows = [*csv.reader(io.StringIO(report([each], [Skipped("+x", "no")])))]
    assert rows[1] == ["x-1", '\'=HYPERLINK("http://x")', "Canvas", "1", "late", "models.py", "a\\x1b[2Jb; c"]
    assert rows[2][-1] == "'+x: no"


# --- The real commands --------------------------------------------------------------------------------------------------------


def nbgrader(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A real command of nbgrader's, in a folder; it starts alembic by name."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder.parent),
        "JUPYTER_DATA_DIR": str(folder.parent / "data"),
        "JUPYTER_CONFIG_DIR": str(folder.parent / "config"),
        **environment,
    }
    program = [sys.executable, "-W", "ignore", "-m", "nbgrader"]
    return subprocess.run([*program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course root with our plugins and a release of step 3."""
    root = tmp_path / "course"
    (root / "release" / "step3").mkdir(parents=True)
    (root / "release" / "step3" / "step3.ipynb").write_bytes(NOTEBOOK)
    (root / "downloaded" / "step3" / "archive").mkdir(parents=True)
    root.joinpath("nbgrader_config.py").write_text(
        "from grading.classroom.collecting import configure\n\nc = get_config()\nc.CourseDirectory.course_id = 'ws'\n"
        "configure(c)\n"
    )
    return root


def test_zip_collect_fills_the_submitted_folder(course: Path) -> None:
    """The command as one types it, with the gradebook's ids; what was collected stays, unless with --force."""
    course.joinpath("students.csv").write_text(
        "id,first_name,last_name,lms_user_id\njd42,Jane,Roe,\nrr43,Richard,Roe,777\n19/CS/1,A,Poe,778\n"
    )
    assert nbgrader(course, "db", "student", "import", "students.csv").returncode == 0
    assert nbgrader(course, "db", "assignment", "add", "step3", "--duedate", "2026-11-22 12:00 UTC").returncode == 0
    download = course / "downloaded" / "step3" / "archive" / "W-step3-4711.zip"
    moodle = "{}_assignsubmission_file_/step3-submission.zip"
    download.write_bytes(
        zipped(
            [
                (moodle.format("Doe Jane_1"), submission()),
                (moodle.format("Doe Jane_2"), submission(b"the other")),
                (moodle.format("Żółć Ångström_3"), submission()),
                (moodle.format("Bomb_4"), BAD["bomb"]),
                ("roerichard_LATE_777_9_models-1.py", MODELS),
                ("poe_778_10_models.py", MODELS),
                ("../../../outside.txt", b"x"),
            ]
        )
    )
    ran = nbgrader(course, "zip_collect", "step3")
    assert ran.returncode == 0, ran.stderr
    submitted = course / "submitted"
    there = {
        path.parent.parent.name: {each.name for each in path.parent.iterdir()} for path in submitted.glob("*/step3/timestamp.txt")
    }
    assert there == {
        "doe-jane-1": TAKEN,
        "doe-jane-2": TAKEN,
        "żółć-ångström": TAKEN,
        "bomb": {NOT_COLLECTED, TIMESTAMP},
        "rr43": {"models.py", TIMESTAMP},
        "poe-778": {"models.py", TIMESTAMP},
    }
    assert (submitted / "poe-778" / "step3" / TIMESTAMP).read_text() == "2026-11-22 12:00:00 UTC\n"
    assert (submitted / "doe-jane-2" / "step3" / "models.py").read_bytes() == b"the other"
    assert (submitted / "doe-jane-1" / "step3" / TIMESTAMP).read_text() == "2026-11-20 10:00:00 UTC\n"
    assert "bomb: nothing was collected" in ran.stderr
    assert "the id 19/CS/1, which no folder can have; import this student under another one" in ran.stderr
    assert "skipped W-step3-4711.zip/../../../outside.txt" in ran.stderr
    assert (course / "downloaded" / "step3" / REPORT).read_text(encoding="utf-8").count("\n") == 8
    assert not [*course.parent.glob("outside*")]

    download.write_bytes(
        zipped([(moodle.format("Doe Jane_1"), submission(b"again")), (moodle.format("Doe Jane_2"), submission())])
    )
    shutil.rmtree(course / "downloaded" / "step3" / "extracted")
    ran = nbgrader(course, "zip_collect", "step3")
    assert ran.returncode == 0, ran.stderr
    assert "doe-jane-1 was collected before and stays as it is" in ran.stderr
    assert (submitted / "doe-jane-1" / "step3" / "models.py").read_bytes() == MODELS
    ran = nbgrader(course, "zip_collect", "step3", "--force")
    assert ran.returncode == 0, ran.stderr
    assert (submitted / "doe-jane-1" / "step3" / "models.py").read_bytes() == b"again"
    assert "in submitted/ from before, and nobody's in this download: bomb, poe-778, rr43, żółć-ångström; who" in ran.stderr

    download.write_bytes(zipped([(moodle.format("Doe Jane_1"), b"broken"), (moodle.format("Doe Jane_2"), submission(b"new"))]))
    shutil.rmtree(course / "downloaded" / "step3" / "extracted")
    ran = nbgrader(course, "zip_collect", "step3", "--force")
    assert ran.stderr.count("doe-jane-1: nothing was collected, so what is in submitted/ stays as it is") == 1
    texts = {name: (submitted / name / "step3" / "models.py").read_bytes() for name in ("doe-jane-1", "doe-jane-2")}
    assert texts == {"doe-jane-1": b"again", "doe-jane-2": b"new"}


def test_zip_collect_without_a_due_date_says_that_times_are_the_downloads(course: Path) -> None:
    """Who sets one later has to collect again."""
    moodle = "{}_assignsubmission_file_/models.py"
    download = course / "downloaded" / "step3" / "archive" / "W-step3-4711.zip"
    download.write_bytes(zipped([(moodle.format("Doe Jane_1"), MODELS), (moodle.format("Roe Ann_2"), MODELS)]))
    ran = nbgrader(course, "zip_collect", "step3")
    assert ran.returncode == 0, ran.stderr
    assert "step3 has no due date yet: times here are the download's" in ran.stderr
    assert "if you set one later, collect again with --force" in ran.stderr


def test_zip_collect_refuses_a_step_that_there_is_not(course: Path) -> None:
    """In one line, with status 1."""
    (course / "downloaded" / "step33" / "archive").mkdir(parents=True)
    ran = nbgrader(course, "zip_collect", "step33")
    assert ran.returncode == 1
    assert "there is no step 'step33'; choose one of step1, " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_exchange_carries_an_answer_from_release_to_collection(tmp_path: Path) -> None:
    """generate_assignment, release_assignment, fetch_assignment, submit, collect: what arrives is what was written."""
    course, intern = tmp_path / "course", tmp_path / "intern"
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    settings = f"c = get_config()\nc.CourseDirectory.course_id = 'ws'\nc.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    for folder in (course, intern):
        folder.mkdir()
        (folder / "nbgrader_config.py").write_text(settings)
    shutil.copytree(ROOT / "grading" / "course" / "source" / "step3", course / "source" / "step3")
    for command, folder in (("generate_assignment", course), ("release_assignment", course), ("fetch_assignment", intern)):
        ran = nbgrader(folder, command, "step3")
        assert ran.returncode == 0, ran.stderr
    for name in ("models.py", "test_models.py", "step3.ipynb", "README.md"):
        assert (intern / "step3" / name).read_bytes() == (ROOT / "exercises" / "step3" / name).read_bytes(), name
    (intern / "step3" / "models.py").write_bytes(MODELS)
    for command, folder in (("submit", intern), ("collect", course)):
        ran = nbgrader(folder, command, "step3")
        assert ran.returncode == 0, ran.stderr
    arrived = course / "submitted" / getpass.getuser() / "step3"
    assert take_in(arrived, ["models.py"], folder="step3").files == {"models.py": MODELS.decode()}
    assert (arrived / TIMESTAMP).is_file()
    assert (arrived / "step3.ipynb").read_bytes() == (ROOT / "exercises" / "step3" / "step3.ipynb").read_bytes()
