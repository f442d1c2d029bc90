"""The notebooks of the course: nbgrader understands them, interns can run them from top to bottom, and nobody's work is lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grading.authoring import handout
from grading.authoring.generate import GenerateError, course_files, differences, generate
from grading.authoring.notebooks import ANSWER, TourError, grade_id, question_id, read_tour, release_notebook, source_notebook
from grading.authoring.stubs import splice
from grading.learning.notebooks import merge_notebook
from grading.learning.update import LISTING, update
from grading.learning.workspace import State, Workspace
from grading.manifest import Step, load_course
from grading.runtime.notebook import _run_of, check, own_code, told
from tests.small_course import GAPS, STUB, answer, write_small_course

ROOT = Path(__file__).parents[1]
COURSE = load_course()
FILES = course_files(ROOT, COURSE)
SOURCE = ROOT / "grading" / "course" / "source"
PROGRAMS = Path(sys.executable).parent

every_step = pytest.mark.parametrize("step", COURSE.steps, ids=lambda step: step.folder)

TOUR = """Look.

## 1.1

What doubling does:

```python
with own_code("1.1") as mine:
    print(mine.lesson.f1(2))
```

And no more.

## Question

Why?

## Mark scheme

- 1 point: because of a long and convincing line of reasoning that nobody could guess
"""


def cells_of(text: str) -> dict[str, Any]:
    """Id -> cell."""
    return {cell["id"]: cell for cell in json.loads(text)["cells"]}


def source_of(cell: dict[str, Any]) -> str:
    """A cell's text."""
    return "".join(cell["source"])


def environment(scratch: Path) -> dict[str, str]:
    """For programs of Jupyter: our code, and no settings of whoever runs this test."""
    folders = {name: str(scratch / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    return os.environ | folders | {"PYTHONPATH": str(ROOT), "PATH": path, "OMP_NUM_THREADS": "1"}


def run(scratch: Path, folder: Path, *command: str) -> str:
    """Run a program of the environment in a folder; what it prints. It must succeed."""
    ran = subprocess.run(
        [str(PROGRAMS / command[0]), *command[1:]],
        cwd=folder,
        env=environment(scratch),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course root whose releases real nbgrader has made, all six in one process."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(SOURCE, root / "source")
    (root / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(root)!r}\n")
    program = (
        "from nbgrader.apps import NbGraderAPI\n"
        "from traitlets.config import Config\n"
        f"api = NbGraderAPI(config=Config({{'CourseDirectory': {{'root': {str(root)!r}}}}}))\n"
        f"for step in {[step.folder for step in COURSE.steps]}:\n"
        "    result = api.generate_assignment(step)\n"
        "    assert result['success'], result['log']\n"
    )
    run(root, root, "python", "-c", program)
    return root


# --- What they are ------------------------------------------------------------------------------------------------------------


@every_step
def test_the_interns_notebook_is_what_nbgrader_releases(step: Step, course: Path) -> None:
    """Byte for byte, and the files beside it are those of the exercise's folder."""
    release, exercises = course / "release" / step.folder, ROOT / "exercises" / step.folder
    notebook = f"{step.folder}.ipynb"
    assert (release / notebook).read_bytes() == FILES[f"exercises/{step.folder}/{notebook}"].encode()
    for path in release.iterdir():
        generated = FILES.get(f"exercises/{step.folder}/{path.name}")
        wanted = (exercises / path.name).read_bytes() if generated is None else generated.encode()
        assert path.read_bytes() == wanted, path.name
    assert {path.name for path in release.iterdir()} >= {"README.md", notebook, *(f"{name}.py" for name in step.modules)}


def test_the_command_line_releases_the_same(course: Path, tmp_path: Path) -> None:
    """`nbgrader generate_assignment step3`, as an instructor types it."""
    shutil.copytree(course / "source" / "step3", tmp_path / "source" / "step3")
    run(tmp_path, tmp_path, "nbgrader", "generate_assignment", "step3", f"--CourseDirectory.root={tmp_path}")
    released = (tmp_path / "release" / "step3" / "step3.ipynb").read_text(encoding="utf-8")
    assert released == FILES["exercises/step3/step3.ipynb"]


@every_step
def test_every_exercise_has_a_read_only_text_and_one_locked_cell_with_its_points(step: Step) -> None:
    """In the manifest's order; optional exercises have a cell without points; the question comes last."""
    source = cells_of(FILES[f"grading/course/source/{step.folder}/{step.folder}.ipynb"])
    marks = {name: cell["metadata"]["nbgrader"] for name, cell in source.items() if "nbgrader" in cell["metadata"]}
    assert {name: each["grade_id"] for name, each in marks.items()} == {name: name for name in marks}
    assert [name for name in marks if name.startswith("exercise-")] == [grade_id(exercise) for exercise in step.exercises]
    for exercise in step.exercises:
        name, about = grade_id(exercise), marks[f"about-{grade_id(exercise)}"]
        assert (about["grade"], about["solution"], about["locked"]) == (False, False, True)
        assert (marks[name]["grade"], marks[name]["solution"], marks[name]["locked"]) == (not exercise.optional, False, True)
        assert marks[name].get("points", 0) == exercise.points
        assert source_of(source[name]).startswith(f'check("{exercise.id}")')
    question = question_id(step)
    assert [*source][-1] == question
    assert marks[question] == {
        "schema_version": 3, "grade_id": question, "grade": True, "locked": False, "solution": True, "task": False, "points": 2,
    }  # fmt: skip
    assert all(set(each) >= {"schema_version", "grade", "locked", "solution", "task", "grade_id"} for each in marks.values())


@every_step
def test_interns_get_no_mark_scheme(step: Step) -> None:
    """It stands in the instructor's notebook; the released one has nbgrader's words in its place."""
    scheme = read_tour(ROOT / "grading" / "tours" / f"{step.folder}.md", step).mark_scheme
    source = cells_of(FILES[f"grading/course/source/{step.folder}/{step.folder}.ipynb"])[question_id(step)]
    released = cells_of(FILES[f"exercises/{step.folder}/{step.folder}.ipynb"])[question_id(step)]
    assert scheme in source_of(source)
    assert source_of(released) == ANSWER


def test_the_same_course_gives_the_same_bytes() -> None:
    """Also in another process, with other random numbers: every id of a cell is its name."""
    program = (
        "import hashlib; from pathlib import Path; from grading.authoring.generate import course_files\n"
        "from grading.manifest import load_course; files = course_files(Path('.'), load_course())\n"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())"
    )
    digests = {
        subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## Question", "## Questions", "there must be sections ## Question and ## Mark scheme"),
        ("## 1.1", "## 1.9", "step 1 has no exercise '1.9'; sections are 1.1, 1.2, 1.3, 1.4"),
        ("Why?", "### BEGIN SOLUTION", "words by which nbgrader cuts notebooks"),
        ("## Question", "## 1.1\n\nAgain.\n\n## Question", r"there are two sections ## 1\.1"),
        ("```python", "```py", r"section 1\.1: code must stand between lines ```python and ```"),
        ("print(mine.lesson.f1(2))", "print(mine.lesson.f1(2)", r"section 1\.1: Python cannot read .*: '\(' was never closed"),
    ],
)
def test_a_tour_that_cannot_be_understood_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    """With its file, and what there should be."""
    workspace = write_small_course(tmp_path)
    (tmp_path / "tour.md").write_text(TOUR.replace(old, new))
    with pytest.raises(TourError, match=message):
        read_tour(tmp_path / "tour.md", workspace.course.step(1))


# --- Run from top to bottom -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untouched(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Step 2 as it was released, in a folder of its own."""
    folder = tmp_path_factory.mktemp("untouched") / "step2"
    shutil.copytree(course / "release" / "step2", folder)
    return folder


def test_an_untouched_notebook_runs_without_an_error_and_every_graded_cell_ends_in_zero(untouched: Path, tmp_path: Path) -> None:
    """Each open gap is one line, in pictures and in verdicts; nothing goes to stderr; and nbgrader would give 0."""
    run(tmp_path, untouched, "jupyter", "execute", "step2.ipynb", f"--output={tmp_path / 'done.ipynb'}")
    cells = cells_of((tmp_path / "done.ipynb").read_text(encoding="utf-8"))
    for name, cell in cells.items():
        outputs = cell.get("outputs", [])
        assert not [out for out in outputs if out["output_type"] == "error" or out.get("name") == "stderr"], name
        told_lines = "".join(source_of({"source": out["text"]}) for out in outputs if out["output_type"] == "stream").splitlines()
        results = [source_of({"source": out["data"]["text/plain"]}) for out in outputs if out["output_type"] == "execute_result"]
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code":
            assert results == ["0.0"], name
            assert len(told_lines) == 1, told_lines
            assert "TODO 2." in told_lines[0]
        elif name.startswith("picture"):
            assert [line[:7] for line in told_lines] == ["TODO 2."], name


def test_nbgrader_says_that_an_untouched_notebook_fails(untouched: Path, tmp_path: Path) -> None:
    """All seven exercises, and the question that has no answer."""
    assert "VALIDATION FAILED ON 8 CELL(S)" in run(tmp_path, untouched, "nbgrader", "validate", "step2.ipynb")


def test_nbgrader_says_that_the_solutions_pass(untouched: Path, tmp_path: Path) -> None:
    """The solutions beside the notebook, and an answer to the question."""
    folder = tmp_path / "step2"
    shutil.copytree(untouched, folder)
    (folder / "data_loader.py").write_text(FILES["solutions/step2/data_loader.py"], encoding="utf-8")
    text = (folder / "step2.ipynb").read_text(encoding="utf-8")
    (folder / "step2.ipynb").write_text(text.replace(ANSWER, "It is too optimistic."), encoding="utf-8")
    assert "Success! Your notebook passes all the tests." in run(tmp_path, folder, "nbgrader", "validate", "step2.ipynb")


def test_a_handout_has_all_that_a_notebook_needs(tmp_path: Path) -> None:
    """Without the reference's answers: the verdict of an untouched exercise is TODO."""
    files = handout.handout_files(ROOT, COURSE)
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert files["exercises/step5/step5.ipynb"] == FILES["exercises/step5/step5.ipynb"].encode()
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from grading.runtime.notebook import check; print(check('5.2'))"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path / "exercises" / "step5", capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[1:] == ["0.0"]
    assert ran.stdout.startswith("TODO 5.2: how pure and how complete each class is read")


# --- Verdicts and pictures ------------------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A small course; the current folder is where its notebook would be."""
    workspace = write_small_course(tmp_path)
    monkeypatch.chdir(tmp_path / "exercises" / "step1")
    return workspace


def test_a_verdict_follows_the_file(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """0 while the gap is open, 0 and a reason for a wrong answer, all points for a right one; progress is written down."""
    assert check("1.1") == 0.0
    assert capfd.readouterr().out == "TODO 1.1: the 1th thing (lesson.py:9)\n"
    answer(workspace.root, 1, "return 3 * x")
    assert check("1.1") == 0.0
    out = capfd.readouterr().out
    assert "1.1 f1: 0 of 1 public tests passed, 0 of 3 points; hidden tests run at grading" in out
    assert "f1(tensor([2.])) should be [4.]" in out
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("3 * x", "2 * x"))
    points = check("1.1")
    assert (points, type(points)) == (3.0, float)
    assert check("1.2") == 0.0
    assert capfd.readouterr().err == ""
    assert _run_of(Path.cwd(), "1.1").process.wait(120) == 1
    assert workspace.state(workspace.course.exercise("1.1")) is State.PASSING


def test_a_process_that_dies_costs_its_points_and_no_patience(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """The tests that did not come to a verdict have failed."""
    answer(workspace.root, 1, "import os; os._exit(3)")
    assert check("1.1") == 0.0
    assert "came to an end" in capfd.readouterr().out


def test_a_process_that_dies_costs_no_other_exercise_its_points(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """The tests of the others are run without it, also when the notebook is run from top to bottom."""
    answer(workspace.root, 1, "import os; os._exit(3)")
    answer(workspace.root, 4, "return abs(x) if x >= 0 else [][0]")
    answer(workspace.root, 3, "return float(torch.rand(()))")
    assert [check(f"1.{number}") for number in (1, 3, 4)] == [0.0, workspace.course.exercise("1.3").points, 0.0]
    assert "IndexError" in capfd.readouterr().out
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("import os; os._exit(3)", "return 2 * x"))
    assert check("1.1") == workspace.course.exercise("1.1").points


def test_of_several_open_gaps_the_exercises_own_is_told() -> None:
    """A single test that needs another exercise, too, is not what is to be done first."""
    verdicts = [
        {"outcome": "todo", "text": text, "test": "t"} for text in ("4.6 is blocked by TODO 4.1: a (x)", "TODO 4.6: b (y)")
    ]
    assert told(COURSE.exercise("4.6"), verdicts) == ("TODO 4.6: b (y)", 0.0)


def test_a_file_that_python_cannot_read_is_said_in_one_message(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """With its line, in verdict and picture."""
    answer(workspace.root, 1, "return (")
    assert check("1.1") == 0.0
    assert "lesson.py:9: Python cannot read this line" in capfd.readouterr().out
    with own_code("1.1") as mine:
        print(mine.lesson)
    assert capfd.readouterr().out == "1.1: lesson.py:9: Python cannot read this line: '(' was never closed\n"


def test_a_missing_file_is_named(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The notebook was moved away from the files."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(workspace.root / "elsewhere")
    assert check("1.1") == 0.0
    assert "there is no lesson.py beside this notebook" in capfd.readouterr().out


def test_points_are_the_share_of_tests_that_passed() -> None:
    """Never more than there are, never below 0; an optional exercise has none."""
    exercise = COURSE.exercise("3.2")
    verdicts = [{"outcome": outcome, "text": "", "test": "t"} for outcome in ("passed", "passed", "failed", "todo")]
    assert told(exercise, verdicts)[1] == exercise.points / 2
    assert told(exercise, verdicts[:2])[1] == exercise.points
    assert told(exercise, [])[1] == 0.0
    assert told(COURSE.exercise("3.7"), verdicts[:2]) == ("3.7 PatchEmbedding: 2 of 2 public tests passed", 0.0)


def test_a_known_mistake_is_answered_with_its_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As by pytest: a matrix that counts each pair once."""
    mistake = next(each for each in COURSE.exercise("5.1").mistakes if each.name == "counted_once")
    body = (ROOT / "grading" / "mutants" / "step5" / "5.1-counted_once.py").read_text(encoding="utf-8")
    reference = (ROOT / "handwriting_workshop" / "evaluator.py").read_text(encoding="utf-8")
    folder = tmp_path / "step5"
    folder.mkdir()
    (folder / "evaluator.py").write_text(splice(reference, "5.1", body), encoding="utf-8")
    shutil.copy(ROOT / "exercises" / "step5" / "test_evaluator.py", folder)
    monkeypatch.chdir(folder)
    assert 0 < check("5.1") < COURSE.exercise("5.1").points
    assert capfd.readouterr().out.endswith(f"\nthis looks familiar: 5.1 confusion_matrix: {mistake.hint}\n")


def test_a_picture_prints_a_page_or_two(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """A loop that prints would make a notebook that nobody can hand in."""
    answer(workspace.root, 1, "for number in range(10**5): print(number)")
    with own_code("1.1") as mine:
        mine.lesson.f1(2)
    printed = capfd.readouterr().out
    assert 10_000 < len(printed) < 10_100
    assert printed.endswith("… and more\n")


@pytest.mark.usefixtures("workspace")
def test_a_picture_that_uses_another_cells_names_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    """After a restart, with right answers, too."""
    with own_code("1.1"):
        raise NameError("name 'photos' is not defined")
    assert capfd.readouterr().out.endswith("NameError: name 'photos' is not defined (run the cells above first)\n")


def test_pictures_use_the_file_as_it_is_now(
    workspace: Workspace, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open gap or an error is one line; an answer is used once it is saved, even twice in a moment with the same size."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    with own_code("1.1") as mine:
        print(mine.lesson.f1(2))
    assert capfd.readouterr().out == "TODO 1.1: the 1th thing (lesson.py:9)\n"
    answer(workspace.root, 1, "return x / 0")
    with own_code("1.1") as mine:
        print(mine.lesson.f1(2))
    assert capfd.readouterr().out == "1.1: no picture, for ZeroDivisionError: division by zero (lesson.py:9)\n"
    path = workspace.root / STUB
    path.write_text(path.read_text().replace("x / 0", "exit()"))
    with own_code("1.1") as mine:
        mine.lesson.f1(2)
    assert capfd.readouterr().out == "1.1: no picture, for SystemExit: None (lesson.py:9)\n"
    path.write_text(path.read_text().replace("exit()", "x / 0"))
    moment = path.stat().st_mtime_ns
    path.write_text(path.read_text().replace("x / 0", "2 * x"))
    os.utime(path, ns=(moment, moment))
    with own_code("1.1") as mine:
        print(mine.lesson.f1(2))
        print(mine.models)
    assert capfd.readouterr().out.startswith("4\n1.1: no picture, for AttributeError: there is no module 'models' in this step")


# --- Nobody's work is lost ------------------------------------------------------------------------------------------------------

NOTEBOOK = "exercises/step1/step1.ipynb"


def with_tour(root: Path, text: str = TOUR) -> Workspace:
    """A small course with a tour."""
    workspace = write_small_course(root)
    (root / "grading" / "tours").mkdir()
    (root / "grading" / "tours" / "step1.md").write_text(text)
    generate(root, workspace.course)
    return workspace


def test_generating_does_not_write_over_a_notebook_that_was_edited(tmp_path: Path) -> None:
    """It counts like a stub: refused without force, copied aside with it. The instructor's notebook is always written."""
    workspace = with_tour(tmp_path)
    assert list(differences(tmp_path, workspace.course)) == []
    mine = (tmp_path / NOTEBOOK).read_text().replace(ANSWER, "Because.")
    (tmp_path / NOTEBOOK).write_text(mine)
    with pytest.raises(GenerateError, match=r"step1\.ipynb: edited since it was generated"):
        generate(tmp_path, workspace.course)
    assert (tmp_path / NOTEBOOK).read_text() == mine
    (backup,) = generate(tmp_path, workspace.course, force=True).backups
    assert (tmp_path / backup).read_text() == mine
    beside = {path.name for path in (tmp_path / "grading/course/source/step1").iterdir()}
    assert beside == {"step1.ipynb", "lesson.py", "test_lesson.py"}


def test_a_mark_scheme_or_a_solution_in_a_notebook_is_a_leak(tmp_path: Path) -> None:
    """The search looks into its cells."""
    workspace = with_tour(tmp_path)
    (tmp_path / "grading" / "hidden").mkdir()
    step, stubs = workspace.course.step(1), {"lesson": (tmp_path / STUB).read_text()}
    tour = read_tour(tmp_path / "grading/tours/step1.md", step)
    released = release_notebook(source_notebook(step, tour, stubs))
    assert [*handout.leaks(tmp_path, workspace.course, {"a.ipynb": released.encode()})] == []
    leaking = json.loads(released)
    leaking["cells"][0]["source"] = ["    doubled = 2 * x\n", "    return doubled"]
    leaking["cells"][1]["source"] = [tour.mark_scheme]
    found = [*handout.leaks(tmp_path, workspace.course, {"a.ipynb": json.dumps(leaking).encode()})]
    assert found == ["a.ipynb: holds the solution of 1.1 (lesson.py:8)", "a.ipynb: holds the mark scheme of step 1, line 1"]


def test_a_newer_notebook_keeps_what_an_intern_wrote(tmp_path: Path) -> None:
    """The answer, a picture cell that was changed, a cell that was added; what is locked is the newer one's; all is backed up."""
    old, new = tmp_path / "old", tmp_path / "new"
    workspace = with_tour(old)
    with_tour(new, TOUR.replace("Look.", "Look closely.").replace("And no more.", "And nothing else."))
    for root in (old, new):
        pristine = root / ".workshop" / "pristine" / "step1" / "step1.ipynb"
        pristine.parent.mkdir(parents=True)
        shutil.copy(root / NOTEBOOK, pristine)
        listed = {NOTEBOOK: "", ".workshop/pristine/step1/step1.ipynb": handout.hashlib.sha256(pristine.read_bytes()).hexdigest()}
        (root / LISTING).write_text(json.dumps({"version": "1", "files": listed}))
    mine = json.loads((old / NOTEBOOK).read_text())
    places = {cell["id"]: place for place, cell in enumerate(mine["cells"])}
    mine["cells"][places["question-1"]]["source"] = ["Because."]
    mine["cells"][places["picture-1-1-1"]]["source"] = ["print(1)"]
    mine["cells"][places["about-step-1"]]["source"] = ["locked, but changed"]
    added = {"cell_type": "code", "execution_count": 3, "id": "mine", "metadata": {}, "outputs": [], "source": ["2 + 2"]}
    mine["cells"].insert(places["exercise-1-1"] + 1, added)
    (old / NOTEBOOK).write_text(json.dumps(mine))
    assert update(workspace, new) == 0
    cells = cells_of((old / NOTEBOOK).read_text())
    assert [source_of(cells[name]) for name in ("question-1", "picture-1-1-1", "mine")] == ["Because.", "print(1)", "2 + 2"]
    assert "Look closely." in source_of(cells["about-step-1"])
    assert source_of(cells["picture-1-1-3"] if "picture-1-1-3" in cells else cells["picture-1-1-2"]) == "And nothing else."
    assert [*cells].index("mine") == [*cells].index("exercise-1-1") + 1
    (backup,) = (old / ".workshop/backups").iterdir()
    assert json.loads((backup / NOTEBOOK).read_text()) == mine


def test_an_untouched_or_unreadable_notebook_becomes_the_newer_one(tmp_path: Path) -> None:
    """Nothing is lost: what was there lies in the backup."""
    with_tour(tmp_path)
    newer = (tmp_path / NOTEBOOK).read_bytes()
    assert merge_notebook(b"{}", b"{}", newer) == newer
    assert merge_notebook(newer, b"no notebook", newer) == newer
    assert merge_notebook(b"", newer, newer) == newer
    assert GAPS[1] not in newer.decode()
