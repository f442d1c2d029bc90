"""The course as it is: complete, generated from the reference, its suites well-formed, its stubs open and nothing else."""

import ast
import re
from pathlib import Path

import pytest

from grading.authoring.generate import course_files, differences
from grading.manifest import Exercise, Step, load_course
from grading.runtime.forbidden import uses
from grading.runtime.proof import Outcome
from tests.test_architecture import STEPS, imports

ROOT = Path(__file__).parents[1]
COURSE = load_course()
EXERCISES = [*COURSE.exercises()]
SUITES = sorted((ROOT / "exercises").glob("step*/test_*.py"))

every_step = pytest.mark.parametrize("step", COURSE.steps, ids=lambda step: step.folder)
every_suite = pytest.mark.parametrize("path", SUITES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def suite_tests(path: Path) -> list[ast.FunctionDef]:
    """The tests of a suite."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def exercises_of(test: ast.FunctionDef) -> list[str]:
    """The numbers in its marks."""
    marks = [ast.unparse(decorator) for decorator in test.decorator_list]
    return [number for mark in marks for number in re.findall(r"mark\.exercise\('(\d+\.\d+)'\)", mark)]


def test_the_course_has_six_steps_of_an_hour_and_a_half_to_two_and_a_half() -> None:
    """Exercises that count, together."""
    assert [step.number for step in COURSE.steps] == [1, 2, 3, 4, 5, 6]
    minutes = {step.number: sum(each.minutes for each in step.exercises if not each.optional) for step in COURSE.steps}
    assert all(80 <= total <= 150 for total in minutes.values()), minutes


def test_everything_generated_is_up_to_date() -> None:
    """Byte for byte, and no file too many."""
    assert "".join(differences(ROOT, COURSE)) == "", "run: workshop dev generate"


@every_step
def test_an_untouched_stub_is_to_do_and_nothing_else(step: Step, tmp_path: Path) -> None:
    """Each test of the suite, on freshly generated text: no failure, no error, no pass."""
    for path, text in course_files(ROOT, COURSE).items():
        if path.startswith("exercises/") and path.endswith(".py"):
            target = tmp_path / path.removeprefix("exercises/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    outcome = Outcome()
    pytest.main(
        [str(ROOT / "exercises" / step.folder), f"--rootdir={ROOT}", f"--target={tmp_path}", "-q", "-p", "no:cacheprovider"],
        plugins=[outcome],
    )
    assert outcome.failed.keys() == outcome.passed == set()
    assert len(outcome.other) >= len(step.exercises)
    assert {name: told for name, told in outcome.other.items() if "TODO " not in told} == {}


@every_suite
def test_every_test_of_a_suite_is_of_one_exercise_and_says_what_it_promises(path: Path) -> None:
    """A mark with a number of its own step, a docstring, the box."""
    step = COURSE.step(int(path.parent.name.removeprefix("step")))
    numbers = {exercise.id for exercise in step.exercises}
    assert {test.name: exercises_of(test) for test in suite_tests(path) if len({*exercises_of(test)} & numbers) != 1} == {}
    assert [test.name for test in suite_tests(path) if not ast.get_docstring(test)] == []
    assert [test.name for test in suite_tests(path) if "box" not in [argument.arg for argument in test.args.args]] == []


@every_suite
def test_acts_judge_nothing(path: Path) -> None:
    """What runs beside an answer holds no assert and no pytest: only data comes back."""
    for test in suite_tests(path):
        for act in ast.walk(test):
            if isinstance(act, ast.FunctionDef) and act is not test:
                assert not [node for node in ast.walk(act) if isinstance(node, ast.Assert)], f"{test.name}: an act asserts"
                names = {node.id for node in ast.walk(act) if isinstance(node, ast.Name)}
                assert not names & {"pytest", "box"}, f"{test.name}: an act uses {names & {'pytest', 'box'}}"


@every_suite
def test_a_suite_needs_no_module_that_interns_write(path: Path) -> None:
    """Neither its own step's nor another's: only support, which every handout has."""
    modules = {name.split(".")[1] for name in imports(path) if name.startswith("handwriting_workshop.")}
    assert modules & set(STEPS) == set()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_every_exercise_has_tests(exercise: Exercise) -> None:
    """At least two."""
    suite = ROOT / "exercises" / COURSE.step(int(exercise.id.partition(".")[0])).folder
    marked = [test for path in suite.glob("test_*.py") for test in suite_tests(path) if exercise.id in exercises_of(test)]
    assert len(marked) >= 2


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_all_tests_of_an_exercise_lie_in_one_file(exercise: Exercise) -> None:
    """So `pytest` on that file runs all of them, and an exercise that passes there passes."""
    suite = ROOT / "exercises" / COURSE.step(int(exercise.id.partition(".")[0])).folder
    files = [path for path in suite.glob("test_*.py") if any(exercise.id in exercises_of(test) for test in suite_tests(path))]
    assert len(files) == 1


@pytest.mark.parametrize("exercise", [each for each in EXERCISES if each.forbidden], ids=lambda exercise: exercise.id)
def test_the_reference_keeps_its_own_ban(exercise: Exercise) -> None:
    """What an answer may not use stands nowhere in the module: the whole file is searched."""
    assert [*uses(ROOT / "handwriting_workshop" / f"{exercise.module}.py", exercise.forbidden)] == []


@every_step
def test_a_steps_readme_lists_its_exercises_as_the_manifest_does(step: Step) -> None:
    """Number, name, minutes and points of each; its picture is there."""
    text = (ROOT / "exercises" / step.folder / "README.md").read_text(encoding="utf-8")
    for exercise in step.exercises:
        row = next((line for line in text.splitlines() if line.startswith("|") and exercise.id in line), "")
        assert exercise.name in row.replace("`", ""), f"{exercise.id} {exercise.name} is not in the table"
        cells = [cell.strip() for cell in row.split("|")]
        assert any(re.match(rf"{exercise.minutes}\b", cell) for cell in cells), f"{exercise.id}: {exercise.minutes} minutes"
        assert cells[-2] == ("–" if exercise.optional else str(exercise.points)), f"{exercise.id}: {exercise.points} points"
        assert ("(optional)" in row) == exercise.optional, exercise.id
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (ROOT / "exercises" / step.folder / picture).is_file(), picture
