"""`workshop run --code`: the workshop on one's own code, as far as it goes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grading.authoring.generate import course_files
from grading.manifest import load_course
from grading.runtime import own_code as program

ROOT = Path(__file__).parents[1]
FILES = course_files(ROOT, load_course())


def own_code(folder: Path, solved: tuple[int, ...]) -> Path:
    """An intern's folder with some steps solved and the others untouched."""
    for path, text in FILES.items():
        if not path.endswith(".py") or not path.startswith(("exercises/", "solutions/")):
            continue
        kind, step, *rest = path.split("/")
        if rest and kind == ("solutions" if int(step.removeprefix("step")) in solved else "exercises"):
            target = folder / step / rest[0]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return folder


FEW_DIGITS = """
import sys
from handwriting_workshop import embedded
few = embedded.embedded_mnist()[::10]
embedded.embedded_mnist = lambda _size=32: few
from grading.runtime.own_code import main
sys.exit(main())
"""


def run(code: Path, out: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """The command, in a process of its own, on a tenth of the digits."""
    command = [sys.executable, "-c", FEW_DIGITS, "--code", str(code), "--out", str(out), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_finished_steps_show_what_they_can_do(tmp_path: Path) -> None:
    """Steps 1, 3, 5 and 6 are solved: pictures, sizes, an evaluated model and a sheet; the others are named with what is open."""
    ran = run(own_code(tmp_path / "code", (1, 3, 5, 6)), tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert "step 2: still missing 2.1, 2.2, " in ran.stdout
    assert "step 1: characters that your code draws: drawn.png" in ran.stdout
    assert "simple_cnn 512,074" in ran.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"drawn.png", "responses.png", "evaluation.txt", "confusion_matrix.png", "sheet.pdf"} <= written


def test_when_all_steps_are_finished_it_is_the_whole_workshop(tmp_path: Path) -> None:
    """With the report; options are those of `workshop run`."""
    ran = run(own_code(tmp_path / "code", (1, 2, 3, 4, 5, 6)), tmp_path / "out", "--models", "fast_cnn", "--epochs", "1")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count(": your own\n") == 6
    assert (tmp_path / "out" / "report.html").is_file()
    assert "your code is newer" not in ran.stdout
    (tmp_path / "code" / "step4" / "training.py").touch()
    again = run(tmp_path / "code", tmp_path / "out", "--models", "fast_cnn", "--epochs", "1", "--resume")
    assert "your code is newer than these results, which --resume keeps: fast_cnn; without it all is run anew" in again.stdout


def test_what_is_wrong_with_one_step_takes_no_other_steps_result_away(tmp_path: Path) -> None:
    """A shape that is wrong, an `exit()`: each in one line with its place; options of the whole workshop are refused."""
    folder = own_code(tmp_path / "code", (1, 2, 6))
    loader, synthetic = folder / "step2" / "data_loader.py", folder / "step1" / "synthetic.py"
    loader.write_text(loader.read_text(encoding="utf-8").replace("yield ", "yield 7, "), encoding="utf-8")
    text = synthetic.read_text(encoding="utf-8")
    ending = "def create_synthetic_samples(*_, **__):\n    exit()\n\n\ndef _created("
    synthetic.write_text(text.replace("def create_synthetic_samples(", ending), encoding="utf-8")
    ran = run(folder, tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert re.search(
        r"step 1: no result, for your code ended Python .* \(code/step1/synthetic.py:\d+\); workshop check 1", ran.stdout
    )
    assert re.search(r"step 2: no result, for \w+Error: .*; workshop check 2", ran.stdout)
    assert "step 6: a sheet to print" in ran.stdout
    ran = run(folder, tmp_path / "out", "--epohcs", "3")
    assert ran.returncode == 2
    assert "--epohcs 3: only the whole workshop has more options" in ran.stderr


def test_an_error_of_ones_own_in_the_whole_workshop_is_told_in_a_line(tmp_path: Path) -> None:
    """Where it was, and how to go on; nothing of Python's traceback."""
    folder = own_code(tmp_path / "code", (1, 2, 3, 4, 5, 6))
    models = folder / "step3" / "models.py"
    text = models.read_text(encoding="utf-8")
    models.write_text(
        text.replace("def count_parameters(", "def count_parameters(*_):\n    exit()\n\n\ndef _counted("), encoding="utf-8"
    )
    ran = run(folder, tmp_path / "out", "--models", "fast_cnn", "--epochs", "1")
    assert ran.returncode == 1
    assert re.search(r"your code ended Python itself.*\(code/step3/models.py:\d+\); what is done lies in .*--resume", ran.stderr)
    assert "Traceback" not in ran.stderr


def test_ctrl_c_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the second of three results: one line, and the status that shells expect."""

    def draw(out: Path) -> str:
        (out / "drawn.png").touch()
        return "drawn"

    def interrupted(_out: Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "REWARDS", tuple((show, (1,)) for show in (draw, interrupted, draw)))
    monkeypatch.setattr(sys, "argv", ["run", "--code", str(own_code(tmp_path / "code", (1,))), "--out", str(tmp_path / "out")])
    assert program.main() == 130
    printed, errors = capsys.readouterr()
    assert errors == f"stopped; what is done lies in {tmp_path / 'out'}\n"
    assert printed.count("step 1: drawn\n") == 1
    assert (tmp_path / "out" / "drawn.png").is_file()


@pytest.mark.parametrize("broken", [b"def broken(:\n", b"# \xe9\n"], ids=["no Python", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, broken: bytes) -> None:
    """Which one, and the line."""
    folder = own_code(tmp_path / "code", (3,))
    (folder / "step3" / "models.py").write_bytes(broken)
    ran = run(folder, tmp_path / "out")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1)
    assert "models.py, line 1: Python cannot read this" in ran.stderr


@pytest.mark.parametrize("folder", ["nothing", "solutions/none"])
def test_a_folder_that_there_is_not_is_refused(tmp_path: Path, folder: str) -> None:
    """With what to choose."""
    ran = run(Path(folder), tmp_path)
    assert ran.returncode == 2
    assert "choose exercises" in ran.stderr
