"""nbgrader on a class of fourteen: real commands, real database, real sandbox, and formgrader in a real browser.

Step 2 is judged once for the whole file; whatever a test needs of it, it reads from the course's folder.
"""

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bleach
import msgspec
import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata
from nbgrader.utils import capture_log, compute_checksum
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from grading.authoring.generate import course_files
from grading.classroom import autograding, judged, nbgrader_plugin
from grading.classroom.autograding import WorkshopAutograde, has_points
from grading.classroom.explanations import code_of, gaps_of
from grading.classroom.prepass import MAX_ANSWER, rebuild
from grading.judging.judge import Grader
from grading.judging.keys import KEY_FILE, read_key, seal_key
from grading.judging.results import StepResult, load, rejected, result_path, save
from grading.manifest import load_course
from tests.test_drawing_pad import system_browser

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own use of its database

ROOT = Path(__file__).parents[1]
COURSE = load_course()
STEP = COURSE.step(2)
FILES = course_files(ROOT, COURSE)
RIGHT, OPEN = (FILES[f"{folder}/step2/data_loader.py"] for folder in ("solutions", "exercises"))
PART = slice(OPEN.index("def contact_sheet"), OPEN.index("@dataclass", OPEN.index("def contact_sheet")))
RIGHT_PART = RIGHT[RIGHT.index("def contact_sheet") : RIGHT.index("@dataclass", RIGHT.index("def contact_sheet"))]
HALF = OPEN[: PART.start] + RIGHT_PART + OPEN[PART.stop :]
"""Exercise 2.1, and nothing else."""

EVIL = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">[l](javascript:document.title='ran')"
HOSTILE = OPEN.replace("raise NotImplementedError", f"raise ValueError({EVIL!r})  # ", 1)
TOKEN = "for-this-test-only"


def cell_of(notebook: Any, grade_id: str) -> Any:
    """A cell by its name for nbgrader."""
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def edited(change: Callable[[Any], object]) -> str:
    """The released notebook, changed."""
    notebook = json.loads(FILES["exercises/step2/step2.ipynb"])
    change(notebook)
    return json.dumps(notebook)


def answered(text: str) -> str:
    """The released notebook with a written answer."""
    return edited(lambda notebook: cell_of(notebook, "question-2").update(source=text))


def cheat(notebook: Any) -> None:
    """A locked cell that says what it is worth, and another that is worth more."""
    cell_of(notebook, "exercise-2-2")["source"] = "4.0"
    cell_of(notebook, "exercise-2-3")["metadata"]["nbgrader"]["points"] = 500


UNTOUCHED = FILES["exercises/step2/step2.ipynb"]
CLASS: dict[str, dict[str, str]] = {
    "full": {"data_loader.py": RIGHT, "step2.ipynb": answered("A batch is **shuffled**, $a<b$.")},
    "half": {"data_loader.py": HALF, "step2.ipynb": UNTOUCHED},
    "empty": {"data_loader.py": OPEN, "step2.ipynb": UNTOUCHED},
    "late": {"data_loader.py": HALF, "step2.ipynb": UNTOUCHED, "timestamp.txt": "2026-12-02 00:00:00 UTC"},
    "no-notebook": {"data_loader.py": HALF, "timestamp.txt": "yesterday, honestly"},
    "no-python": {"step2.ipynb": answered("I lost my file. ![This is it](attachment:lost.svg)")},
    "nothing": {},
    "doubled": {"data_loader.py": OPEN, "step2.ipynb": edited(lambda n: n["cells"].append(cell_of(n, "exercise-2-2")))},
    "deleted": {"step2.ipynb": edited(lambda n: n["cells"].remove(cell_of(n, "exercise-2-2")))},
    "edited": {"step2.ipynb": edited(cheat)},
    "broken": {"data_loader.py": HALF, "step2.ipynb": '{"cells": ['},
    "kernel": {"bob's.ipynb": edited(lambda n: n["metadata"]["kernelspec"].update(name="ir"))},
    "hostile": {"data_loader.py": HOSTILE, "step2.ipynb": answered(EVIL)},
    "odd.zip": {"data_loader.py": RIGHT, "step2.ipynb": UNTOUCHED},
}
FIRST_CELL = {
    "no-notebook": ("No notebook step2.ipynb was handed in", "timestamp.txt cannot be read"),
    "no-python": ("What was handed in could not be judged", "there is no exercises/step2/data_loader.py"),
    "nothing": ("What was handed in could not be judged", "No notebook step2.ipynb was handed in"),
    "doubled": ("Cell exercise-2-2: handed in more than once; counted once",),
    "deleted": ("Cell exercise-2-2: deleted; put back",),
    "edited": ("Cell exercise-2-2: edited, although locked", "Cell exercise-2-3: handed in with other points"),
    "broken": ("The notebook is broken: it is no JSON",),
    "kernel": ("There is no step2.ipynb; bob's.ipynb was read in its place", "saved for the kernel ir, not python3"),
    "odd.zip": ("The judge itself failed: that is no 0",),
}
CONFIG = """
c.LateSubmissionPlugin.penalty_method = "zero"
c.WorkshopPreprocessor.jobs = 2
"""


@dataclass(frozen=True)
class Grade:
    """What the gradebook says of one cell."""

    auto: float | None
    manual: float | None
    by_hand: bool


@dataclass(frozen=True)
class Classroom:
    """A course's folder, in which nbgrader has graded."""

    root: Path
    environment: dict[str, str]
    log: str = ""

    def nbgrader(self, *arguments: str, status: int = 0) -> str:
        """Run a command; what it said."""
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert not re.search(r"\w+Warning: ", done.stderr), done.stderr
        return done.stderr

    def grades(self, student: str) -> dict[str, Grade]:
        """Cell -> grade of one student."""
        with Gradebook(f"sqlite:///{self.root}/gradebook.db", "handwriting-workshop") as gradebook:
            grades = gradebook.find_submission_notebook("step2", "step2", student).grades
            return {grade.name: Grade(grade.auto_score, grade.manual_score, grade.needs_manual_grade) for grade in grades}

    def result(self, student: str) -> StepResult:
        """What the judge said."""
        return load(self.root / "judged" / "step2" / f"{student}.json", seal_key(read_key(self.root / KEY_FILE.name)))

    def notebook(self, student: str) -> Any:
        """The notebook as it was graded."""
        return nbformat.read(self.root / "autograded" / student / "step2" / "step2.ipynb", as_version=4)


def hand_in(root: Path, student: str, files: dict[str, str]) -> None:
    """Write what a student hands in."""
    folder = root / "submitted" / student / "step2"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    """Path -> digest of all files in a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The class, graded by `nbgrader autograde step2`, with feedback generated."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "grading/course/source/step2", root / "source/step2")
    config = (ROOT / "grading/course/nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config + CONFIG, encoding="utf-8")
    own = {name: str(root / ".jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")}
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    course = Classroom(root, environment)
    course.nbgrader("generate_assignment", "step2")
    with Gradebook(f"sqlite:///{root}/gradebook.db", "handwriting-workshop") as gradebook:
        gradebook.update_or_create_assignment("step2", duedate="2026-12-01 00:00:00 UTC")
    for student, files in CLASS.items():
        hand_in(root, student, files)
    before = digests(root / "submitted")
    log = course.nbgrader("autograde", "step2")
    assert digests(root / "submitted") == before, "what was handed in was changed"
    course.nbgrader("generate_feedback", "step2")
    return Classroom(root, environment, log)


def test_nbgrader_starts_without_a_grammar_that_nobody_needs() -> None:
    """The pinned jsonschema leaves rfc3987-syntax alone: its grammar is half of what `nbgrader --version` takes."""
    program = "import nbformat, sys; sys.exit('rfc3987_syntax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_gradebook_has_the_judges_points(classroom: Classroom) -> None:
    """Each exercise of each student, to the last hundredth; all, some and none of them as they should be."""
    for student in CLASS:
        if student == "odd.zip":
            continue
        result = classroom.result(student)
        grades = classroom.grades(student)
        told = {exercise.id: exercise.points for exercise in result.exercises}
        for exercise in STEP.exercises:
            grade = grades[f"exercise-2-{exercise.id[2:]}"]
            assert grade == Grade(told.get(exercise.id, 0.0), None, by_hand=False), (student, exercise.id)
    points = {student: classroom.result(student).points for student in ("full", "half", "empty", "hostile")}
    assert points == {"full": STEP.points, "half": COURSE.exercise("2.1").points, "empty": 0, "hostile": 0}


def test_nbgraders_export_has_the_same_points_and_late_answers_lose_theirs(classroom: Classroom) -> None:
    """Late submissions follow nbgrader's own rule, which is set to lose everything here."""
    classroom.nbgrader("export", "--to", str(classroom.root / "grades.csv"))
    with (classroom.root / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(CLASS)
    for student in CLASS:
        if student != "odd.zip":
            assert float(rows[student]["raw_score"]) == classroom.result(student).points
    assert float(rows["late"]["raw_score"]) == COURSE.exercise("2.1").points
    assert float(rows["late"]["score"]) == 0
    assert float(rows["no-notebook"]["score"]) == COURSE.exercise("2.1").points


@pytest.mark.parametrize("student", FIRST_CELL)
def test_whatever_was_wrong_is_said_in_the_first_cell_and_in_one_line_of_the_log(classroom: Classroom, student: str) -> None:
    """In plain words, and without a path of this machine."""
    first = classroom.notebook(student).cells[0]
    lines = [line for line in classroom.log.splitlines() if f"] {student}: " in line]
    assert len(lines) == 1
    shown = first.source.replace("\\", "")
    for text in FIRST_CELL[student]:
        assert text in shown
    assert str(classroom.root) not in shown
    assert "Traceback" not in classroom.log


@pytest.mark.parametrize("student", CLASS)
def test_a_graded_notebook_is_what_nbgrader_takes_for_one(classroom: Classroom, student: str) -> None:
    """It passes nbgrader's own check, which is left out, and has each cell of the release once, and its kernel."""
    notebook, released = classroom.notebook(student), nbformat.reads(UNTOUCHED, as_version=4)
    nbformat.validate(notebook)
    CheckCellMetadata().preprocess(notebook, {})
    marked = [[cell for cell in each.cells if "nbgrader" in cell.metadata] for each in (notebook, released)]
    names, wanted = ([cell.metadata.nbgrader.grade_id for cell in cells] for cells in marked)
    assert names == wanted
    assert notebook.metadata.kernelspec == released.metadata.kernelspec


def test_a_judge_that_fails_gives_no_zero(classroom: Classroom) -> None:
    """No score at all, work for a human, and the log names the student as an error."""
    grades = classroom.grades("odd.zip")
    assert {grade for name, grade in grades.items() if name != "question-2"} == {Grade(None, None, by_hand=True)}
    assert re.search(r"ERROR\] odd.zip: no points yet, of 30; infra_error", classroom.log)
    text = json.dumps(classroom.notebook("odd.zip"), ensure_ascii=False)
    assert "The judge failed, not this answer. That is no 0" in text


def test_written_answers_are_left_for_a_human_and_missing_ones_are_not(classroom: Classroom) -> None:
    """Also where the notebook cannot be read: there may be an answer in it."""
    waiting = {student for student in CLASS if classroom.grades(student)["question-2"] == Grade(None, None, by_hand=True)}
    assert waiting == {"full", "no-python", "broken", "hostile"}
    assert cell_of(classroom.notebook("full"), "question-2").source == "A batch is **shuffled**, $a<b$."


def test_graded_cells_show_tests_hints_and_the_code_that_was_judged(classroom: Classroom) -> None:
    """Formgrader shows no .py file; hidden tests keep their names to themselves."""
    first, second = (cell_of(classroom.notebook("half"), f"exercise-2-{number}").outputs for number in (1, 2))
    assert [output.output_type for output in first] == ["display_data", "execute_result"]
    assert first[1].data["text/plain"] == repr(float(COURSE.exercise("2.1").points))
    assert "✓" in first[0].data["text/plain"]
    assert RIGHT_PART.strip()[-60:] in first[0].data["text/plain"]
    assert "def measure_normalization" in second[0].data["text/plain"]
    assert "def __call__" in second[0].data["text/plain"]  # 2.2 has a gap in two functions
    assert "(still open)" in second[0].data["text/html"]
    hidden = {
        test.id.partition("::")[2] for each in classroom.result("half").exercises for test in each.tests if "_hidden" in test.id
    }
    assert hidden
    assert not [name for name in hidden if name in json.dumps(classroom.notebook("half"))]


def test_regrading_keeps_manual_grades_and_judges_nothing_twice(classroom: Classroom) -> None:
    """By nbgrader's own rule: a manual grade stands, and is marked for another look."""
    with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
        for cell, points in (("question-2", 1.5), ("exercise-2-2", 0.5)):
            grade = gradebook.find_grade(cell, "step2", "step2", "full")
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    log = classroom.nbgrader("autograde", "step2", "--student=full", "--force")
    assert "to judge" not in log
    grades = classroom.grades("full")
    assert grades["question-2"] == Grade(None, 1.5, by_hand=True)
    assert grades["exercise-2-2"] == Grade(COURSE.exercise("2.2").points, 0.5, by_hand=True)
    assert grades["exercise-2-1"] == Grade(COURSE.exercise("2.1").points, None, by_hand=False)


def test_grading_that_was_killed_is_done_again(classroom: Classroom) -> None:
    """Wherever it was stopped: before there was a notebook, before there were points, in the middle of writing."""
    left = {"killed-early": None, "killed-between": UNTOUCHED, "killed-late": '{"cells": [{"id": "workshop-result"'}
    for student, notebook in left.items():
        hand_in(classroom.root, student, {"step2.ipynb": UNTOUCHED})
        folder = classroom.root / "autograded" / student / "step2"
        folder.mkdir(parents=True)
        (folder / "README.md").write_text("copied first", encoding="utf-8")
        if notebook is not None:
            (folder / "step2.ipynb").write_text(notebook, encoding="utf-8")
    log = classroom.nbgrader("autograde", "step2", "--student=killed-*")
    for student in left:
        assert f"{student} was not graded to the end, and is graded again" in log
        assert classroom.notebook(student).cells[0].id == "workshop-result"
        assert classroom.grades(student)["exercise-2-1"] == Grade(0.0, None, by_hand=False)
    log = classroom.nbgrader("autograde", "step2", "--student=killed-*")
    assert f"{len(left)} were graded before, and are passed over" in log


def test_a_feedback_page_that_was_cut_off_is_made_again(classroom: Classroom) -> None:
    """One that is not there, too; a whole one stays as it is."""
    pages = [classroom.root / "feedback" / student / "step2" / "step2.html" for student in ("half", "empty", "full")]
    whole = [page.read_bytes() for page in pages]
    for page in pages:
        page.chmod(0o644)
    pages[0].write_bytes(whole[0][:5000])
    pages[1].unlink()
    pages[2].write_bytes(whole[2] + b"<!-- stays --></html>")
    classroom.nbgrader("generate_feedback", "step2")
    assert [page.read_bytes().rstrip().endswith(b"</html>") for page in pages] == [True] * 3
    assert b"<!-- stays -->" in pages[2].read_bytes()
    pages[2].write_bytes(whole[2])


# --- Pages ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of Chromium without a window."""
    with sync_playwright() as playwright:
        system = system_browser()
        if system is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail("no browser for this test: install Chromium, or run `playwright install chromium`", pytrace=False)
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page()
        browser.close()


@pytest.fixture(scope="module")
def server(classroom: Classroom) -> Iterator[str]:
    """Jupyter on the course, with nbgrader's extensions; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    command = [sys.executable, "-m", "jupyter", "server", *options, f"--ServerApp.root_dir={classroom.root}"]
    log = classroom.root / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=classroom.root, env=classroom.environment, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
            break
        except OSError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(timeout=30)


def test_the_feedback_page_helps_and_runs_nothing(classroom: Classroom, page: Page) -> None:
    """Points per exercise, tests, the student's own code; a script in an answer or in an error is text."""
    page.goto(f"file://{classroom.root}/feedback/hostile/step2/step2.html", wait_until="domcontentloaded")
    text = page.inner_text("body")
    assert "2.1 contact_sheet: 0 of 3 points" in text
    assert "✗ " in text
    assert "The code that was judged (data_loader.py)" in text
    assert text.count("<script>document.title='ran'</script>") >= 2  # in a message, and in the written answer
    page.wait_for_timeout(300)
    assert page.title() == "step2"
    assert not page.query_selector("[onerror]")
    assert not page.query_selector("a[href^='javascript']")


def table_of(classroom: Classroom, page: Page, student: str) -> dict[str, tuple[str, str]]:
    """Exercise -> points and state, as a student's page says them first."""
    page.goto(f"file://{classroom.root}/feedback/{student}/step2/step2.html", wait_until="domcontentloaded")
    rows = [row.split("\t") for row in page.locator("table").first.inner_text().splitlines()[1:]]
    return {name.partition(" ")[0]: (points, state) for name, points, state in rows}


def test_a_feedback_page_is_short_and_begins_with_a_table_of_what_the_gradebook_has(classroom: Classroom, page: Page) -> None:
    """Names and states in words, links that lead somewhere, nothing of the tour that everybody has."""
    names = {exercise.id: exercise for exercise in STEP.exercises}
    for student in ("full", "half", "empty", "odd.zip"):
        table = table_of(classroom, page, student)
        grades = classroom.grades(student)
        assert list(table) == [*names, "written"]
        for number, exercise in names.items():
            auto = grades[f"exercise-2-{number[2:]}"].auto
            given = f"no points yet, of {exercise.points}" if auto is None else f"{auto:g} of {exercise.points} points"
            assert table[number][0] == given
        links = page.eval_on_selector_all("table a", "links => links.map(link => link.getAttribute('href').slice(1))")
        assert len(links) == len(table)
        assert page.evaluate("names => names.every(name => document.querySelector(`[id='${name}'], [name='${name}']`))", links)
        text = page.inner_text("body")
        assert not [word for word in ("Test cell", "Grade cell", "In [", "Out[", "own_code", "check(") if word in text]
        assert "Question" in text
    states = {student: table_of(classroom, page, student) for student in ("full", "half", "empty", "odd.zip")}
    assert {state for _, state in list(states["full"].values())[:-1]} == {"right"}
    assert [state for _, state in states["half"].values()][:2] == ["right", "still open"]
    assert {state for _, state in list(states["odd.zip"].values())[:-1]} == {"not graded yet"}
    written = {student: table["written"][1] for student, table in states.items()}
    assert written == {"full": "not graded yet", "half": "no answer", "empty": "no answer", "odd.zip": "no answer"}


def test_feedback_says_what_was_graded_by_hand_and_what_being_late_cost(classroom: Classroom, page: Page) -> None:
    """Points as they are now, not as they were judged."""
    with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
        for cell, points, is_old in (("question-2", 1.5, True), ("exercise-2-3", 2, False)):  # nbgrader says so of a new answer
            grade = gradebook.find_grade(cell, "step2", "step2", "edited")
            grade.manual_score, grade.needs_manual_grade = points, is_old
        gradebook.db.commit()
    classroom.nbgrader("generate_feedback", "step2", "--student=edited", "--force")
    table = table_of(classroom, page, "edited")
    assert table["2.3"] == (f"2 of {COURSE.exercise('2.3').points} points", "graded by hand")
    assert table["written"] == ("1.5 of 2 points", "graded by hand, and to be looked at again")
    text = page.inner_text("body")
    assert f"{STEP.title}: 3.5 of {STEP.points + 2} points" in text
    assert "Cell exercise-2-2: edited, although locked" in text
    table_of(classroom, page, "late")
    assert f"Handed in late: {COURSE.exercise('2.1').points} points are taken off" in page.inner_text("body")


def test_marks_by_hand_are_late_as_well(classroom: Classroom, page: Page) -> None:
    """Also those that were given after autograding, when nbgrader reckons what being late costs."""
    with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
        grade = gradebook.find_grade("question-2", "step2", "step2", "late")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    classroom.nbgrader("generate_feedback", "step2", "--student=late", "--force")
    table_of(classroom, page, "late")
    text = page.inner_text("body")
    assert f"Handed in late: {COURSE.exercise('2.1').points + 1.5} points are taken off" in text
    assert f"{STEP.title}: 0 of {STEP.points + 2} points" in text
    with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
        assert gradebook.find_submission("step2", "late").late_submission_penalty == COURSE.exercise("2.1").points + 1.5


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"])
def test_the_button_of_jupyterlab_and_of_notebook_validates(server: str, page: Page, place: str) -> None:
    """In an untouched notebook it finds each exercise open, and no cell that stopped."""
    page.goto(f"{server}/{place}/release/step2/step2.ipynb?token={TOKEN}", wait_until="domcontentloaded")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.locator(".jp-ToolbarButtonComponent", has_text="Validate").click(timeout=60_000)
    told = page.locator(".jp-Dialog").inner_text(timeout=120_000)
    graded = [f'check("{exercise.id}")' for exercise in STEP.exercises if exercise.points]
    assert [line for line in told.splitlines() if line.startswith("check(")] == graded
    assert told.count("Partial credit") == len(graded)
    assert "Error" not in told


def test_formgrader_shows_everything_and_grades_at_a_button(classroom: Classroom, server: str, page: Page) -> None:
    """A student who comes later, without a notebook and without an answer, gets a row as well; nothing that was written runs."""
    hand_in(classroom.root, "later", {"notes.txt": "sorry"})
    page.goto(f"{server}/tree?token={TOKEN}", wait_until="domcontentloaded")
    page.goto(f"{server}/formgrader/manage_submissions/step2")
    row = page.locator("tr", has=page.locator("td", has_text=re.compile("^later$"))).first
    row.locator("td.autograde a").click()
    page.get_by_text("Successfully autograded 'step2' for student 'later'").wait_for(timeout=60_000)
    assert classroom.grades("later")["exercise-2-1"] == Grade(0.0, None, by_hand=False)
    assert "could not be judged" in classroom.notebook("later").cells[0].source

    page.goto(f"{server}/formgrader/gradebook/step2/step2")
    page.get_by_text("hostile", exact=True).first.wait_for(state="attached")  # names are hidden at first
    links = page.eval_on_selector_all("a[href*='submissions/']", "links => links.map(link => [link.textContent, link.href])")
    page.goto(dict(links)["hostile"], wait_until="domcontentloaded")
    page.locator("#exercise-2-1").wait_for()
    links = page.eval_on_selector_all("table a", "links => links.map(link => link.getAttribute('href'))")
    assert len(links) == len(STEP.exercises) + 1
    assert all(page.locator(link).count() for link in links)
    text = page.inner_text("body")
    assert "2.1 contact_sheet: 0 of 3 points" in text
    assert text.count("<script>document.title='ran'</script>") >= 2
    page.wait_for_timeout(300)
    assert "ran" not in page.title()
    assert not page.query_selector("[onerror], a[href^='javascript']")


# --- What an instructor has to mend ------------------------------------------------------------------------------------------


def test_points_that_the_gradebook_does_not_know_stop_the_batch(classroom: Classroom) -> None:
    """Before anybody gets a wrong grade; the text says what to run."""
    with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
        cell = gradebook.find_grade_cell("exercise-2-1", "step2", "step2")
        cell.max_score = 5
        gradebook.db.commit()
        log = classroom.nbgrader("autograde", "step2", "--force", status=1)
        cell.max_score = COURSE.exercise("2.1").points
        gradebook.db.commit()
    assert "nothing was graded: exercise-2-1 has 3 points in the course, and in the gradebook: 5.0" in log
    assert "nbgrader generate_assignment step2 --force" in log


def test_without_a_sandbox_nothing_is_graded(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has its result is still read, for nothing has to be judged."""
    monkeypatch.setattr(judged, "why_not", lambda _mode: "there is no bwrap")
    folders = {"full": classroom.root / "submitted" / "full"}
    batches = [judged.batch_of(STEP, root) for root in (classroom.root, classroom.root / "judged")]
    assert [result.points for result in judged.judge(batches[0], folders, say=lambda _text: None)] == [STEP.points]
    folders["submitted"] = classroom.root / "submitted"  # whose name is no student's
    with pytest.raises(judged.NoSandboxError, match="no sandbox can be made: there is no bwrap"):
        next(judged.judge(batches[1], folders, say=lambda _text: None))


def test_of_all_warnings_one_is_kept_off_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLAlchemy's about nbgrader's own use of its database; the same of anybody else, and any other, are shown."""
    for module in (nbgrader_plugin.api, nbgrader_plugin.autogradeapp):
        monkeypatch.setattr(module, "Autograde", module.Autograde)
    text = "Object of type <SubmittedNotebook> not in session, add operation along 'Notebook.submissions' will not proceed (…)"
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        nbgrader_plugin.configure(Config(), tmp_path)
        for message, kind, module in (
            (text, SAWarning, "nbgrader.api"),
            (text, SAWarning, "nbgrader.apis"),
            (text, UserWarning, "nbgrader.api"),
            (text.replace("Submitted", ""), SAWarning, "nbgrader.api"),
            ("Object of type <SubmittedNotebook>", SAWarning, "nbgrader.api"),
        ):
            warnings.warn_explicit(message, kind, "api.py", 1, module)
    assert len(shown) == 4


# --- Faults that are nobody's of the class ------------------------------------------------------------------------------------


@pytest.fixture
def autograde(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """`nbgrader autograde step2 --student=…` in this process, without a sandbox: `success`, and what the log says."""
    for module in (nbgrader_plugin.api, nbgrader_plugin.autogradeapp):
        monkeypatch.setattr(module, "Autograde", module.Autograde)
    for module in (nbgrader_plugin.api, nbgrader_plugin.generatefeedbackapp):
        monkeypatch.setattr(module, "GenerateFeedback", module.GenerateFeedback)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setattr(judged, "why_not", lambda _mode: None)
    config = Config()
    config.CourseDirectory.update(course_id="handwriting-workshop", assignment_id="step2")
    nbgrader_plugin.configure(config, classroom.root)

    def run(students: str, *, force: bool = True, **settings: str) -> dict[str, Any]:
        config.CourseDirectory.student_id = students
        config.WorkshopPreprocessor.update(settings)
        grading: Any = WorkshopAutograde(coursedir=CourseDirectory(config=config), config=config, force=force)
        told: dict[str, Any] = capture_log(grading)
        return told

    return run


def not_judged(_grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
    """In the place of a grader that takes minutes."""
    result = rejected(submission.name, step.folder, "not judged here", step.points)
    return msgspec.structs.replace(result, digest=submission.digest), None


def test_private_tests_count_in_the_gradebook_too(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a setting, for the steps that have some; where there are none at all, nothing is graded without them."""
    judged_by: list[list[str]] = []

    def judge(grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
        judged_by.append(grader.command)
        return not_judged(grader, step, submission)

    monkeypatch.setattr(Grader, "judge", judge)
    own = classroom.root / "mine"
    (own / "step2").mkdir(parents=True)
    (own / "step2" / "test_mine.py").write_text("")
    hand_in(classroom.root, "private", CLASS["half"])
    assert autograde("private", hidden="mine")["success"]
    assert [command[-1] for command in judged_by] == [f"--hidden={own}"]
    assert autograde("private", hidden="mine")["success"]
    assert len(judged_by) == 1, "these tests have judged it"
    assert judged.batch_of(COURSE.step(3), classroom.root, hidden=own).hidden is None
    told = autograde("private", hidden="elsewhere")
    assert not told["success"]
    assert f"nothing was graded: there is no {classroom.root}/elsewhere/step2/test_*.py" in told["log"]


def test_a_grader_that_ends_gives_no_points_and_is_asked_again(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice at once, and anew the next time; until then the student's work is a human's, and an error in the log."""
    hand_in(classroom.root, "unlucky", CLASS["half"])
    asked: list[str] = []

    def ends(_grader: Grader, _step: Any, submission: Any) -> None:
        asked.append(submission.name)
        raise OSError("no space left")

    monkeypatch.setattr(Grader, "_ask", ends)
    for times in (2, 4):
        told = autograde("unlucky")
        assert told["success"]
        assert "[ERROR] unlucky: no points yet, of 30; infra_error; the grader ended: no space left" in told["log"]
        assert asked == ["unlucky"] * times
        grades = classroom.grades("unlucky")
        assert {grade for name, grade in grades.items() if name != "question-2"} == {Grade(None, None, by_hand=True)}
        assert (classroom.result("unlucky").state, classroom.result("unlucky").points) == ("infra_error", None)
    assert "The judge itself failed: that is no 0" in classroom.notebook("unlucky").cells[0].source


def test_whom_the_judge_failed_gets_points_without_being_asked_for(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command, without --force, which would ask for another look at everybody's marks."""
    hand_in(classroom.root, "lucky", {"data_loader.py": OPEN, "step2.ipynb": UNTOUCHED})

    def ends(_grader: Grader, _step: Any, _submission: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as failing:
        failing.setattr(Grader, "_ask", ends)
        autograde("lucky", force=False)
    assert classroom.grades("lucky")["exercise-2-1"] == Grade(None, None, by_hand=True)
    monkeypatch.setattr(Grader, "judge", not_judged)
    autograde("lucky", force=False)
    assert classroom.grades("lucky")["exercise-2-1"] == Grade(0.0, None, by_hand=False)


def test_whoever_keeps_points_of_other_files_or_tests_is_named(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nbgrader passes over whom it has graded; that --force would grade anew is said where it would change something."""
    monkeypatch.setattr(Grader, "judge", not_judged)
    for student in ("kept-same", "kept-other"):
        hand_in(classroom.root, student, {"data_loader.py": OPEN, "step2.ipynb": UNTOUCHED})
    assert "--force" not in autograde("kept-*", force=False)["log"]
    changed = classroom.root / "submitted" / "kept-other" / "step2" / "data_loader.py"
    changed.write_text(f"{OPEN}\n# mended\n", encoding="utf-8")
    told = autograde("kept-*", force=False)["log"]
    assert "1 keep the points of other tests or of other files than the present ones; --force grades anew: kept-other" in told
    assert "--force" not in autograde("kept-*", force=True)["log"]


def test_answers_that_are_collected_anew_while_others_are_judged_are_judged_again(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points and the code beside them belong to the same file."""
    hand_in(classroom.root, "twice", {"data_loader.py": OPEN, "step2.ipynb": UNTOUCHED})
    file = classroom.root / "submitted" / "twice" / "step2" / "data_loader.py"
    digests: list[str] = []

    def points(grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
        file.write_text(f"{OPEN}\n# the second one\n", encoding="utf-8")
        digests.append(submission.digest)
        return not_judged(grader, step, submission)

    monkeypatch.setattr(Grader, "judge", points)
    assert autograde("twice")["success"]
    assert len({*digests}) == 2
    assert classroom.result("twice").digest == digests[1]


def hand_in_three(root: Path, prefix: str) -> list[str]:
    """Students with files of their own."""
    students = [f"{prefix}-{name}" for name in ("ann", "bob", "cleo")]
    for student in students:
        hand_in(root, student, {"data_loader.py": f"{OPEN}# {student}\n", "step2.ipynb": UNTOUCHED})
    return students


def test_each_is_graded_as_soon_as_it_is_judged(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the next one is still being judged."""
    students = hand_in_three(classroom.root, "soon")
    asked: list[str] = []

    def points(grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
        for before in asked:
            ready, patience = classroom.root / "autograded" / before / "step2" / "step2.ipynb", time.monotonic() + 60
            while not has_points(ready):
                assert time.monotonic() < patience, f"{before} was judged, and is not graded"
                time.sleep(0.01)
        asked.append(submission.name)
        return not_judged(grader, step, submission)

    monkeypatch.setenv("WORKSHOP_JOBS", "1")
    monkeypatch.setattr(Grader, "judge", points)
    assert autograde("soon-*")["success"]
    assert asked == students


def test_ctrl_c_while_one_is_graded_stops_the_judging_of_others(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is judged stays, and no thread is left."""
    students = hand_in_three(classroom.root, "broken-off")
    asked: list[str] = []
    stopped = threading.Event()

    def points(grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
        asked.append(submission.name)
        if len(asked) == 2:
            assert stopped.wait(60)
        return not_judged(grader, step, submission)

    def interrupted(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("WORKSHOP_JOBS", "1")
    monkeypatch.setattr(Grader, "judge", points)
    monkeypatch.setattr(Grader, "abandon", lambda _grader: stopped.set())
    monkeypatch.setattr(autograding, "rebuild", interrupted)
    before = {*threading.enumerate()}
    assert not autograde("broken-off-*")["success"]
    assert {*threading.enumerate()} <= before
    assert asked == students[:2]
    assert [student for student in students if result_path(classroom.root / "judged", "step2", student).exists()] == students[:1]
    assert not [*classroom.root.glob("autograded/broken-off-*/step2/*.ipynb")]


def test_when_results_can_no_longer_be_written_the_graded_keep_their_points(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are neither graded nor marked as work for a human: the same command goes on."""
    students = hand_in_three(classroom.root, "full-disk")

    def once(out: Path, result: StepResult, *arguments: Any, **options: Any) -> None:
        if result.name != students[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(out, result, *arguments, **options)

    monkeypatch.setenv("WORKSHOP_JOBS", "1")
    monkeypatch.setattr(Grader, "judge", not_judged)
    with monkeypatch.context() as full:
        full.setattr("grading.judging.judge.save", once)
        told = autograde("full-disk-*")
    assert not told["success"]
    assert "only 1 graded: no result can be written to" in told["log"]
    assert "(No space left on device); what is judged stays, and the same command goes on" in told["log"]
    assert "graded by hand" not in told["log"]
    assert classroom.grades(students[0])["exercise-2-1"] == Grade(0.0, None, by_hand=False)
    told = autograde("full-disk-*", force=False)
    assert [student in told["log"] for student in students] == [False, True, True]
    for student in students:
        assert classroom.grades(student)["exercise-2-1"] == Grade(0.0, None, by_hand=False)


def test_the_gradebook_is_opened_many_times_with_one_engine(classroom: Classroom) -> None:
    """To make one, and to learn anew how its statements are written, takes longer than to ask."""
    nbgrader_plugin.configure(Config(), classroom.root)
    nbgrader_plugin.configure(Config(), classroom.root)
    books = [Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") for _time in range(2)]
    for book in books:
        assert book.assignments
        book.close()
    assert books[0].engine is books[1].engine


def test_a_step_that_is_being_graded_is_graded_by_nobody_else(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second `nbgrader autograde` of the step, or formgrader's button, is told so; the first one goes on."""
    hand_in(classroom.root, "at-once", CLASS["empty"])
    second: list[dict[str, Any]] = []

    def points(_grader: Grader, step: Any, submission: Any) -> tuple[StepResult, None]:
        second.append(autograde("at-once"))
        return not_judged(_grader, step, submission)

    monkeypatch.setattr(Grader, "judge", points)
    assert autograde("at-once")["success"]
    assert not second[0]["success"]
    assert "nothing was graded: step2 is being graded by another nbgrader autograde; wait for its end" in second[0]["log"]


def test_who_was_taken_out_of_the_gradebook_gets_no_page_and_stops_nobody_elses(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders are left when `nbgrader db student remove` takes out a student: the log says which."""
    monkeypatch.setattr(Grader, "judge", not_judged)
    for student in ("gone-ann", "gone-not"):
        hand_in(classroom.root, student, CLASS["empty"])
    assert autograde("gone-*")["success"]
    classroom.nbgrader("db", "student", "remove", "gone-ann", "--force")
    log = classroom.nbgrader("generate_feedback", "step2", "--student=gone-*")
    assert re.search(r"gone-ann is not in the gradebook, and gets no page; delete \S*autograded/gone-ann/step2, or", log)
    assert [page.parent.parent.name for page in classroom.root.glob("feedback/gone-*/step2/*.html")] == ["gone-not"]


def test_a_student_with_brackets_in_the_id_gets_a_page(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To nbgrader they are a pattern, which such a folder does not fit."""
    monkeypatch.setattr(Grader, "judge", not_judged)
    hand_in(classroom.root, "ann[2]", CLASS["empty"])
    assert autograde("ann[2]")["success"]
    classroom.nbgrader("generate_feedback", "step2", "--student=ann[2]")
    assert (classroom.root / "feedback" / "ann[2]" / "step2" / "step2.html").is_file()


def test_a_time_that_is_no_more_takes_no_points(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is handed in anew without a readable time is in time, whenever an earlier one came: nbgrader keeps that one's time."""
    monkeypatch.setattr(Grader, "judge", not_judged)
    hand_in(classroom.root, "was-late", CLASS["late"])
    timestamp = classroom.root / "submitted" / "was-late" / "step2" / "timestamp.txt"

    def seconds_late() -> float:
        assert autograde("was-late")["success"]
        with Gradebook(f"sqlite:///{classroom.root}/gradebook.db", "handwriting-workshop") as gradebook:
            return float(gradebook.find_submission("step2", "was-late").total_seconds_late)

    assert seconds_late() == 24 * 60 * 60
    timestamp.write_text("yesterday, honestly", encoding="utf-8")
    assert seconds_late() == 0


def test_settings_that_are_no_numbers_stop_the_batch_in_one_sentence(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a traceback, and before anybody is graded."""
    hand_in(classroom.root, "nobody", {"data_loader.py": OPEN, "step2.ipynb": UNTOUCHED})
    monkeypatch.setenv("WORKSHOP_JOBS", "two")
    told = autograde("nobody")
    assert not told["success"]
    assert "nothing was graded: WORKSHOP_JOBS must be a number, got 'two'" in told["log"]


def test_an_error_that_nobody_thought_of_leaves_a_row_and_the_others_their_points(
    classroom: Classroom, autograde: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is work for a human, without a 0; the command says that not all is well."""

    def fails(released: Any, folder: Path, name: str) -> Any:
        if folder.parent.name == "row-cursed":
            raise ZeroDivisionError("nobody thought of this")
        return rebuild(released, folder, name)

    monkeypatch.setattr(autograding, "rebuild", fails)
    monkeypatch.setattr(Grader, "judge", not_judged)
    for student in ("row-before", "row-cursed", "row-later"):
        hand_in(classroom.root, student, CLASS["empty"])
    told = autograde("row-*")
    assert not told["success"]
    assert "only 2 graded: 1 could not be graded (see above), and need to be graded by hand: row-cursed" in told["log"]
    assert "nobody thought of this" in told["log"]
    assert {*classroom.grades("row-cursed").values()} == {Grade(None, None, by_hand=True)}
    for student in ("row-before", "row-later"):
        assert classroom.grades(student)["exercise-2-1"] == Grade(0.0, None, by_hand=False)


# --- The clean notebook ------------------------------------------------------------------------------------------------------


def rebuilt(folder: Path, text: str) -> Any:
    """The clean notebook for one that was handed in."""
    (folder / "step2.ipynb").write_text(text, encoding="utf-8", errors="surrogatepass")
    return rebuild(nbformat.reads(UNTOUCHED, as_version=4), folder, "step2.ipynb")


def test_fifty_megabytes_of_output_are_passed_over(tmp_path: Path) -> None:
    """Only what was written counts."""

    def grow(notebook: Any) -> None:
        cell_of(notebook, "exercise-2-1")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}]
        cell_of(notebook, "question-2")["source"] = ["Two\n", "lines"]

    clean = rebuilt(tmp_path, edited(grow))
    assert (clean.findings, clean.unread) == ((), False)
    assert cell_of(clean.notebook, "question-2").source == "Two\nlines"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "[]",
        '{"cells": 3}',
        '{"worksheets": []}',
        '{"cells": [3]}',
        "\udcff",
        '{"cells": [{"source": 1}]}',
        '"\\ud800"',
    ],
    ids=["empty", "deep", "list", "number", "version 3", "no cell", "no UTF-8", "no text", "half a character"],
)
def test_what_is_no_notebook_leaves_the_answer_to_a_human(tmp_path: Path, text: str) -> None:
    """And the student hears of it."""
    clean = rebuilt(tmp_path, text)
    assert clean.unread
    assert clean.findings[0].startswith("The notebook is")
    nbformat.validate(clean.notebook)


def test_two_answers_to_a_question_are_both_kept_and_endless_ones_are_cut(tmp_path: Path) -> None:
    """A copied cell may hold the better one."""

    def twice(notebook: Any) -> None:
        cell = cell_of(notebook, "question-2")
        notebook["cells"].append({**cell, "source": "second"})
        cell["source"] = "first"

    clean = rebuilt(tmp_path, edited(twice))
    assert cell_of(clean.notebook, "question-2").source == "first\n\n---\n\nsecond"
    assert clean.findings == (
        "Cell question-2: handed in more than once; counted once",
        "The answer question-2 was given 2 times; all stand there, one after the other",
    )
    clean = rebuilt(tmp_path, answered("x" * (MAX_ANSWER + 1)))
    assert len(cell_of(clean.notebook, "question-2").source) == MAX_ANSWER


def test_nobody_is_told_of_edits_that_the_instructor_made_after_collecting(tmp_path: Path) -> None:
    """Other points and another text in the next release; what was edited beside them is still told of."""

    def earlier(notebook: Any) -> None:
        about, exercise, question = (cell_of(notebook, name) for name in ("about-exercise-2-2", "exercise-2-2", "question-2"))
        about["source"] = "Worth three points."
        exercise["metadata"]["nbgrader"]["points"] = question["metadata"]["nbgrader"]["points"] = 3
        for cell in (about, exercise, question):
            whole = nbformat.from_dict({**cell, "source": "".join(cell["source"])})
            cell["metadata"]["nbgrader"]["checksum"] = compute_checksum(whole)
        question["source"] = "An answer."

    sentence = "The notebook is of an earlier release of this step; the text and the points of the present one count"
    assert rebuilt(tmp_path, edited(earlier)).findings == (sentence,)
    assert rebuilt(tmp_path, edited(lambda notebook: (earlier(notebook), cheat(notebook)))).findings == (
        "Cell exercise-2-2: edited, although locked; the released text counts",
        "Cells exercise-2-2, exercise-2-3: handed in with other points; the released points count",
        sentence,
    )


def test_points_beyond_all_numbers_are_other_points(tmp_path: Path) -> None:
    """JSON may hold them."""
    text = edited(lambda notebook: cell_of(notebook, "exercise-2-3")["metadata"]["nbgrader"].update(points=10**400))
    sentence = "Cell exercise-2-3: handed in with other points; the released points count"
    assert rebuilt(tmp_path, text).findings == (sentence,)


def test_of_attachments_only_pictures_are_taken_over(tmp_path: Path) -> None:
    """And not too much of them."""
    attachments = {
        "a.png": {"image/png": "aGk="},
        "b.svg": {"image/svg+xml": "<svg/>"},
        "c.png": {"image/png": "A" * 6_000_000},
    }
    text = edited(lambda notebook: cell_of(notebook, "question-2").update(source="see", attachments=attachments))
    clean = rebuilt(tmp_path, text)
    assert cell_of(clean.notebook, "question-2").attachments == {"a.png": {"image/png": "aGk="}}
    assert clean.findings == ("2 attachments of question-2 are left out: too large, or no pictures",)


@pytest.mark.parametrize("exercise", [*COURSE.exercises()], ids=lambda exercise: exercise.id)
def test_the_code_of_every_exercise_is_found_in_its_solution(exercise: Any) -> None:
    """By the gaps of the stub, and by layout alone, for an answer is never parsed."""
    step = f"step{exercise.id.partition('.')[0]}"
    stub, solution = (FILES[f"{folder}/{step}/{exercise.module}.py"] for folder in ("exercises", "solutions"))
    names = gaps_of(exercise, stub)
    code = code_of(names, solution)
    for name in names:
        assert re.search(rf"^(def|class) {name.rpartition('.')[2]}\b", code, re.MULTILINE)
    assert f"TODO {exercise.id}: " in code_of(names, stub)
    assert code_of(names, "def f(:") == ""


@pytest.mark.parametrize("source", ["https://example.org/who-looks.png", "//example.org/a.png", "a.png", "data:text/html,x"])
def test_a_picture_from_elsewhere_is_not_fetched(source: str) -> None:
    """It would tell its owner who grades, and when; a picture that came with the notebook stays."""
    (attribute,) = [allowed for tag, allowed in nbgrader_plugin.ATTRIBUTES.items() if tag == "img"]
    assert "src" not in bleach.clean(
        f'<img src="{source}">', tags={"img"}, attributes={"img": attribute}, protocols=["data", "https"]
    )
    kept = bleach.clean('<img src="data:image/png;base64,AAAA">', tags={"img"}, attributes={"img": attribute}, protocols=["data"])
    assert "data:image/png" in kept
