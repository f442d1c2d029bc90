"""`grading/README.md` typed from top to bottom: from a fresh machine to a graded class, and what to do when something was wrong.

The commands are read out of the guide and typed into a shell as they stand there, in a copy of the course, with a class of three,
nbgrader's real database and the real sandbox. Nothing is replaced: `~` is a folder of the test's. What a human does between two
commands (an intern's work, a download, a mark) the fixtures do. A command that is neither typed nor in `NOT_TYPED` fails.
"""

import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.authoring.generate import course_files
from grading.judging.keys import read_key, seal_key
from grading.judging.results import StepResult, load
from grading.manifest import load_course
from tests.test_docs import blocks

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "grading" / "README.md").read_text(encoding="utf-8")
COURSE = load_course()
STEP = COURSE.step(3)
FILES = course_files(ROOT, COURSE)
NOT_TYPED = {
    "sudo apt install bubblewrap util-linux": "changes this machine",
    "python3 -m venv .venv && source .venv/bin/activate": "the tests run in such an environment",
    'pip install -c .ci/constraints.txt -e ".[class]"': "so they do after this",
    "jupyter lab": "waits for a human; test_nbgrader.py opens formgrader in a browser",
    "dask scheduler --scheduler-file scheduler.json": "never ends; test_cluster.py judges on a cluster",
    "dask worker --scheduler-file scheduler.json --nthreads 1": "never ends",
    "workshop judge step3 grading/course/submitted --out grading/course/judged --scheduler scheduler.json": "needs those two",
}
"""Command -> why it is not typed here."""

RIGHT, OPEN = (FILES[f"{folder}/step3/models.py"] for folder in ("solutions", "exercises"))
HALF = RIGHT[: RIGHT.index("class ResidualBlock")] + OPEN[OPEN.index("class ResidualBlock") :]
"""Exercises 3.1 and 3.2."""

BROKEN = RIGHT.replace("class ResidualBlock(nn.Module):", "class ResidualBlock(nn.Module)")
CLASS = {"ann": ("Ann", "Fullerton", RIGHT), "bob": ("Bob", "Halfpenny", HALF), "cleo": ("Cleo", "Brokenshire", BROKEN)}
"""Id -> first name, last name, what is written into `models.py`."""

HALF_POINTS = COURSE.exercise("3.1").points + COURSE.exercise("3.2").points
MORE = 4
"""Points that exercise 3.2 gains when something was wrong."""


def commands(block: str) -> list[str]:
    """The lines of a console block, as one types them."""
    return [line.removeprefix("$ ") for line in block.splitlines()]


def bare(line: str) -> str:
    """A command without its comment."""
    return re.sub(r"\s+# .*", "", line)


@dataclass
class Terminal:
    """A shell in a copy of the course."""

    root: Path
    """Of the copy."""
    environment: dict[str, str]
    folder: Path
    """Where the last command left it."""
    typed: list[str] = field(default_factory=list)
    shown: str = ""
    """What the last block printed."""

    @property
    def course(self) -> Path:
        """The course root of nbgrader."""
        return self.root / "grading" / "course"

    @property
    def home(self) -> Path:
        """`~`."""
        return Path(self.environment["HOME"])

    def type_block(self, number: int) -> "Terminal":
        """Type the guide's console block of this number, all but what is in `NOT_TYPED`."""
        self.shown = ""
        for line in commands(blocks(GUIDE, "console")[number]):
            if bare(line) not in NOT_TYPED:
                self.shown += self.type(line)
                self.typed.append(bare(line))
        return self

    def type(self, line: str) -> str:
        """Type a command, which must succeed; what it printed."""
        where = self.home / ".where"
        shell = ["bash", "-c", f'{line}\nstatus=$?\npwd -P > "{where}"\nexit $status']
        done = subprocess.run(
            shell, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, f"$ {line}\n{done.stdout}"
        self.folder = Path(where.read_text(encoding="utf-8").strip())
        return done.stdout

    def result(self, student: str, folder: str = "judged") -> StepResult:
        """What the judge said."""
        return load(self.course / folder / "step3" / f"{student}.json", seal_key(read_key(self.course / "course.key")))

    def table(self, name: str) -> list[dict[str, str]]:
        """A CSV file in the course's folder."""
        with (self.course / name).open(encoding="utf-8", newline="") as file:
            return [*csv.DictReader(file)]

    def scores(self, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
        """Cell -> points by tests, points by hand, and whether a human has to look at it."""
        with Gradebook(f"sqlite:///{self.course}/gradebook.db", "handwriting-workshop") as gradebook:
            grades = gradebook.find_submission_notebook("step3", "step3", student).grades
            return {each.name: (each.auto_score, each.manual_score, each.needs_manual_grade) for each in grades}


# --- A class, and what is done by hand ----------------------------------------------------------------------------------------


def copy_course(target: Path) -> None:
    """The repository as it was published: nobody's answers, and no class's data."""
    shutil.copytree(ROOT / ".ci", target / ".ci")
    for name in ("handwriting_workshop", "grading", "exercises"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "course", "*.ipynb"))
    shutil.copytree(ROOT / "grading/course/source", target / "grading/course/source")
    for name in ("pyproject.toml", "LICENSE", "grading/course/nbgrader_config.py"):
        shutil.copy(ROOT / name, target / name)
    for path, text in FILES.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")


def work(handout: Path, folder: Path, models: str, answer: str) -> bytes:
    """An intern's work: unpack the handout, write answers, submit; what is uploaded."""
    shutil.copytree(handout, folder)
    (folder / "exercises/step3/models.py").write_text(models, encoding="utf-8")
    path = folder / "exercises/step3/step3.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if answer:
        (cell,) = (each for each in notebook["cells"] if each["id"] == "question-3")
        cell["source"] = [answer]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "grading", "submit", "step3"]
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return (folder / "step3-submission.zip").read_bytes()


def mark(terminal: Terminal, student: str, points: float) -> None:
    """Grade the written question, as in formgrader."""
    with Gradebook(f"sqlite:///{terminal.course}/gradebook.db", "handwriting-workshop") as gradebook:
        grade = gradebook.find_grade("question-3", "step3", "step3", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """After "Once"."""
    folder = tmp_path_factory.mktemp("guide")
    root, home = folder / "course", folder / "home"
    copy_course(root)
    (home / "Downloads").mkdir(parents=True)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "WORKSHOP"))}
    environment = {**kept, **quiet, "HOME": str(home), "PATH": programs, "PYTHONPATH": str(root)}
    return Terminal(root, environment, root).type_block(0)


@pytest.fixture(scope="module")
def handed_out(installed: Terminal) -> Terminal:
    """After "Hand out"."""
    return installed.type_block(1)


@pytest.fixture(scope="module")
def collected(handed_out: Terminal) -> Terminal:
    """After "Collect": the class has worked and uploaded to Moodle, and the instructor has downloaded."""
    terminal = handed_out
    with zipfile.ZipFile(terminal.home / "Downloads" / "step3.zip", "w") as archive:
        for number, (student, (first, last, models)) in enumerate(CLASS.items()):
            upload = work(terminal.home / "handout", terminal.home / student, models, "A shortcut." if student == "ann" else "")
            archive.writestr(f"{first} {last}_{70 + number}_assignsubmission_file_/step3-submission.zip", upload)
    rows = [f"{student},{first},{last},,\n" for student, (first, last, _) in CLASS.items()]
    (terminal.course / "students.csv").write_text("id,first_name,last_name,email,lms_user_id\n" + "".join(rows))
    return terminal.type_block(2)


@pytest.fixture(scope="module")
def graded(collected: Terminal) -> Terminal:
    """After "Grade"."""
    return collected.type_block(3)


@pytest.fixture(scope="module")
def given(graded: Terminal) -> Terminal:
    """After "Give the points to others, and look at the class"; the list of the class is Canvas's."""
    rows = [f'"{last}, {first}",{number},,{name},A\n' for number, (name, (first, last, _)) in enumerate(CLASS.items(), 101)]
    (graded.course / "canvas.csv").write_text("Student,ID,SIS User ID,SIS Login ID,Section\n" + "".join(rows))
    return graded.type_block(4)


@pytest.fixture(scope="module")
def mended(given: Terminal) -> Terminal:
    """After "When something was wrong": an exercise is worth more, when one answer had been marked by hand."""
    mark(given, "ann", 1.5)
    path = given.root / "grading" / "steps.toml"
    before, exercise, after = path.read_text(encoding="utf-8").partition('id = "3.2"')
    worth = COURSE.exercise("3.2").points
    after = after.replace(f"points = {worth}\n", f"points = {worth + MORE}\n", 1)
    path.write_text(before + exercise + after, encoding="utf-8")
    (given.course / "judged" / "step5").mkdir()
    (given.course / "judged" / "step5" / "ann.json").write_text("judged before", encoding="utf-8")
    return given.type_block(5)


# --- What the guide promises --------------------------------------------------------------------------------------------------


def test_once_the_machine_can_judge_and_the_course_has_a_secret(installed: Terminal) -> None:
    """Nobody else can read it; from then on, commands are typed in nbgrader's folder."""
    assert "answers can be judged here" in installed.shown
    key = installed.course / "course.key"
    assert re.fullmatch(r"[0-9a-f]{64}\n", key.read_text())
    assert key.stat().st_mode & 0o777 == 0o600
    assert installed.folder == installed.course.resolve()


def test_interns_get_all_steps_without_solutions_and_nbgrader_gets_one(handed_out: Terminal) -> None:
    """And the time after which answers are late."""
    handout = handed_out.home / "handout"
    for step in COURSE.steps:
        assert (handout / "exercises" / step.folder / f"{step.folder}.ipynb").is_file()
    assert not (handout / "solutions").exists()
    assert (handed_out.course / "release" / "step3" / "step3.ipynb").is_file()
    with Gradebook(f"sqlite:///{handed_out.course}/gradebook.db", "handwriting-workshop") as gradebook:
        assert str(gradebook.find_assignment("step3").duedate) == "2027-01-31 23:59:00"


def test_moodles_download_becomes_a_folder_for_each_student(collected: Terminal) -> None:
    """Names have found their ids, and the table says who, what, and that nothing was wrong."""
    assert {path.name for path in (collected.course / "submitted").iterdir()} == set(CLASS)
    for row in collected.table("downloaded/step3/collected.csv"):
        first, last, models = CLASS[row["student"]]
        assert (row["name"], row["files"], row["notes"]) == (f"{first} {last}", "models.py step3.ipynb submission.json", "")
        assert (collected.course / "submitted" / row["student"] / "step3" / "models.py").read_text(encoding="utf-8") == models


def test_the_class_is_graded_with_feedback(graded: Terminal) -> None:
    """The judge's points are taken, and nbgrader judges nothing twice; written answers wait for a human."""
    points = {student: graded.result(student).points for student in CLASS}
    assert points == {"ann": STEP.points, "bob": HALF_POINTS, "cleo": 0}
    assert "3 judged, results in judged/step3" in graded.shown
    assert "to judge" not in graded.shown
    for student in CLASS:
        scores = graded.scores(student)
        assert sum(auto or 0 for name, (auto, _, _) in scores.items() if name != "question-3") == points[student]
        assert scores["question-3"][2] == (student == "ann")
        assert (graded.course / "feedback" / student / "step3" / "step3.html").is_file()


def test_a_file_that_python_cannot_read_is_said_to_be_just_that(graded: Terminal) -> None:
    """With its line, and first of all: by the judge, in nbgrader's log, and at the top of the feedback."""
    line = BROKEN.splitlines().index("class ResidualBlock(nn.Module)") + 1
    reason = f"models.py, line {line}: Python cannot read this (expected ':'); nothing in the file counts"
    assert re.search(rf"^cleo +0\.00 of {STEP.points}  {re.escape(reason)}$", graded.shown, re.MULTILINE)
    assert f"WARNING] cleo: 0 of {STEP.points} points; {reason}" in graded.shown
    page = html.unescape((graded.course / "feedback" / "cleo" / "step3" / "step3.html").read_text(encoding="utf-8"))
    body = page[page.index("<body") :]
    assert body.index(reason) < body.index(f"{STEP.exercises[0].id} {STEP.exercises[0].name}")


def test_the_points_go_to_canvas_and_the_report_shows_the_class(given: Terminal) -> None:
    """With Canvas's own numbers; nbgrader's export says who waits for a human, the page is whole."""
    rows = given.table("grades.csv")[1:]
    assert {row["SIS Login ID"]: row["step3"] for row in rows} == {"ann": "23.00", "bob": f"{HALF_POINTS}.00", "cleo": "0.00"}
    assert [row["ID"] for row in rows] == ["101", "102", "103"]
    states = {row["student"]: row["state"] for row in given.table("step3.csv")}
    assert states == {"ann": "needs_manual_grade", "bob": "graded", "cleo": "graded"}
    totals = {row["SIS Login ID"]: row["step3"] for row in given.table("all_steps.csv")[1:]}
    assert totals == {"ann": "", "bob": f"{HALF_POINTS}.00", "cleo": "0.00"}
    report = (given.course / "report.html").read_text(encoding="utf-8")
    assert all(name in report for name in (*CLASS, *(exercise.id for exercise in STEP.exercises)))
    assert "Not compared" not in report


def test_other_points_are_compared_and_taken_over_and_marks_by_hand_stay(mended: Terminal) -> None:
    """Before anybody sees it one reads who gains; then nbgrader has the new points, and asks to look at marks again."""
    assert "3 students: 2 gain, 0 lose" in mended.shown
    for student in ("ann", "bob"):
        assert re.search(rf"^  {student} .* \+{MORE}\.00 ", mended.shown, re.MULTILINE)
    assert not (mended.course / "judged_again").exists()
    assert mended.result("ann").out_of == STEP.points + MORE
    assert (mended.course / "judged" / "step5" / "ann.json").read_text(encoding="utf-8") == "judged before"
    worth = COURSE.exercise("3.2").points + MORE
    assert {student: mended.scores(student)["exercise-3-2"][0] for student in CLASS} == {"ann": worth, "bob": worth, "cleo": 0}
    assert mended.scores("ann")["question-3"] == (None, 1.5, True)


def test_names_are_only_where_the_guide_says(mended: Terminal) -> None:
    """In what an instructor brings and exports, in the gradebook, and in what was downloaded; all else knows ids."""
    folder = mended.course
    names = [last.encode() for _, last, _ in CLASS.values()]
    files = [path for path in folder.rglob("*") if path.is_file() and any(name in path.read_bytes() for name in names)]
    assert {path.relative_to(folder).parts[0] for path in files} == {
        *("students.csv", "canvas.csv", "grades.csv", "step3.csv", "all_steps.csv", "gradebook.db", "downloaded")
    }
    assert (folder / "downloaded" / "step3" / "collected.csv") in files


def test_every_command_of_the_guide_is_typed_or_named_with_the_reason_why_not(mended: Terminal) -> None:
    """So that a command cannot be added, or changed, without being tried."""
    written = [bare(line) for block in blocks(GUIDE, "console") for line in commands(block)]
    assert [line for line in written if line not in NOT_TYPED] == mended.typed
    assert NOT_TYPED.keys() <= set(written)
    assert {*re.findall(r"^```(\w+)$", GUIDE, re.MULTILINE)} == {"console"}
