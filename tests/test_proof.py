"""`workshop dev mutants`: what it calls proven is proven."""

import subprocess
import sys
from pathlib import Path

import pytest

from grading.manifest import load_course
from grading.runtime.proof import Outcome, faults_of_alternative, faults_of_mutant, missing
from tests.small_course import SUITE, write_small_course

ROOT = Path(__file__).parents[1]

PROGRAM = """
import sys
from pathlib import Path
from grading.manifest import load_course
from grading.runtime.proof import prove
root = Path(sys.argv[1])
for fault in prove(root, load_course(root / "grading" / "steps.toml"), ["1.1"]):
    print("FAULT", fault)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small course whose exercise 1.1 lacks nothing."""
    write_small_course(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    mutants = tmp_path / "grading" / "mutants" / "step1"
    (mutants / "1.1-twice.py").write_text("# fails: test_f1_doubles\nreturn 4 * x\n")
    (tmp_path / "tests" / "alternatives" / "step1" / "1.1-added.py").write_text("return x + x\n")
    return tmp_path


def faults(root: Path) -> list[str]:
    """What the proof of 1.1 finds, in a process of its own; but for how mistakes are recognised, which nobody has recorded."""
    command = [sys.executable, "-c", PROGRAM, str(root)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = [line.removeprefix("FAULT ") for line in printed.splitlines() if line.startswith("FAULT ")]
    return [fault for fault in found if "is recognised as" not in fault]


def test_wrong_answers_that_fail_and_right_ones_that_pass_are_a_proof(root: Path) -> None:
    """Nothing is found."""
    assert faults(root) == []


def test_answers_that_are_none_prove_nothing(root: Path) -> None:
    """One that Python cannot read fails every test."""
    mutants = root / "grading" / "mutants" / "step1"
    (mutants / "1.1-broken.py").write_text("# fails: test_f1_doubles\nreturn (\n")
    (mutants / "1.1-empty.py").write_text("# fails: test_f1_doubles\n")
    unreadable, empty = sorted(faults(root))
    assert unreadable == "mutant 1.1-broken: '(' was never closed (1.1-broken.py, line 8)"
    assert empty.startswith("mutant 1.1-empty: exercise 1.1 has 1 gap(s), and 0 answers were given")


def test_a_suite_that_cannot_be_read_proves_nothing(root: Path) -> None:
    """Tests above the line that breaks it would be run, and those below vanish unseen."""
    (root / "exercises" / "step1" / "test_lesson.py").write_text(SUITE + "\n\nx = pytest.no_such_name\n")
    assert all("cannot be collected: " in fault or "no test" in fault for fault in faults(root))
    assert any("no_such_name" in fault for fault in faults(root))


def test_answers_to_no_exercise_are_named(root: Path) -> None:
    """As they stay when an exercise is removed."""
    (root / "grading" / "mutants" / "step1" / "1.8-old.py").write_text("return 1\n")
    found = [fault for fault in missing(root, load_course(root / "grading" / "steps.toml")) if "1.8" in fault]
    assert found == ["grading/mutants/step1/1.8-old.py: there is no exercise 1.8; call it 3.2-name.py, or delete it"]


def test_each_fault_is_told_as_it_is() -> None:
    """A test that passes, one that there is not, a right answer that fails."""
    outcome = Outcome(passed={"test_a", "test_b[1]"}, failed={"test_c": None})
    assert [*faults_of_mutant(outcome, ["test_a", "test_c", "test_x"])] == ["test_a passes", "test_x is no test of it"]
    assert [*faults_of_alternative(Outcome(failed={"test_c": None}))] == ["test_c fails"]
    assert [*faults_of_alternative(Outcome())] == ["no test was run"]


@pytest.mark.parametrize("unknown", ["9.9", "step9", "data_loader"])
def test_an_exercise_that_there_is_not_is_refused(unknown: str) -> None:
    """Nothing to prove is no proof."""
    command = [sys.executable, "-m", "grading.runtime.proof", unknown]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, "there is no step or exercise" in ran.stderr) == (2, True)
