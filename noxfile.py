"""What people do with this repository, one session each: `nox -l` lists them, `nox -s NAME -- …` passes arguments on.

All sessions share one virtual environment, `.venv`, because PyTorch alone takes gigabytes; nox itself would make one for each. A
PyTorch that was put there before (CPU-only, or for a particular CUDA) is kept: README, "Another PyTorch".
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).parent
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
PICTURES = ROOT / ".github" / "pictures"
README_PICTURES = {
    "samples.png": "data/samples.png",
    "augmentation.png": "data/augmentation.png",
    "comparison.png": "comparison.png",
    "mistakes.png": "simple_cnn/mistakes.png",
    "sample_sheet.png": "own_data/sample_sheet.png",
}
"""File in the README -> artefact of the demo."""

IN_THE_SANDBOX = tuple(
    f"tests/test_{name}.py" for name in ("sandbox", "judge", "attacks", "verdicts", "cluster", "nbgrader", "guide")
)
"""Tests that take minutes, and need Linux and bubblewrap."""

IN_PARALLEL = ("--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile")
"""For the whole of the tests: a process for each core, up to four (each takes 1.5 GB), and each file of tests in one of them."""

VENV = ROOT / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")

session: Callable[..., Callable[[Callable[[nox.Session], None]], object]] = partial(nox.session, python=False)


def run(session: nox.Session, program: str, *arguments: str, **environment: str) -> None:
    """Run a program of the shared environment, as after `source .venv/bin/activate`."""
    path = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}"
    session.run(str(PROGRAMS / program), *arguments, env={"VIRTUAL_ENV": str(VENV), "PATH": path, **environment})


def install(session: nox.Session, extra: str = "") -> None:
    """Install the workshop with the versions that CI tests, unless that has been done before; the user's PyTorch stays."""
    if not (VENV / "pyvenv.cfg").exists():
        session.run(sys.executable, "-m", "virtualenv", "--quiet", str(VENV))
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    stamp, kept = VENV / f".installed{extra}", VENV / ".own_pytorch"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    installed_by_us = any(VENV.glob(".installed*"))
    has_pytorch = any((*VENV.glob("lib/python*/site-packages/torch"), *VENV.glob("Lib/site-packages/torch")))
    if has_pytorch and not installed_by_us:
        kept.touch()
    constraints = CONSTRAINTS
    if kept.exists():
        lines = CONSTRAINTS.read_text().splitlines()
        constraints = VENV / "constraints.txt"
        constraints.write_text("\n".join(line for line in lines if not line.startswith(("torch==", "torchvision=="))) + "\n")
    run(session, "python", "-m", "pip", "install", "--constraint", str(constraints), "--editable", f".{extra}")
    stamp.write_text(wanted)


@session()
def demo(session: nox.Session) -> None:
    """Train, evaluate and compare four models on real digits, and write a report (two to five minutes)."""
    install(session)
    run(session, "workshop", "demo", *session.posargs)


@session()
def tests(session: nox.Session) -> None:
    """Run the tests of the reference and of the course tools, all but those in the sandbox: see `sandbox`."""
    install(session, "[dev]")
    chosen = any(Path(argument.partition("::")[0]).exists() for argument in session.posargs)
    whole = [*IN_PARALLEL, *(f"--ignore={path}" for path in IN_THE_SANDBOX)]
    run(session, "pytest", *([] if chosen else whole), *session.posargs, HF_HUB_OFFLINE="1", OMP_WAIT_POLICY="PASSIVE")


@session()
def sandbox(session: nox.Session) -> None:
    """Test judging in the real sandbox, with a bank of hostile answers (Linux with bubblewrap; a quarter of an hour)."""
    install(session, "[dev]")
    run(session, "pytest", *(session.posargs or IN_THE_SANDBOX), OMP_WAIT_POLICY="PASSIVE")


@session()
def solutions(session: nox.Session) -> None:
    """Run the step suites against the solutions: all must pass."""
    install(session, "[dev]")
    run(session, "pytest", "exercises", "--target", "solutions", *session.posargs, OMP_WAIT_POLICY="PASSIVE")


@session()
def stubs(session: nox.Session) -> None:
    """Run the step suites against freshly generated stubs: each test must say TODO, and nothing else."""
    install(session, "[dev]")
    run(session, "pytest", "tests/test_course.py", "-k", "stub", *session.posargs)


@session()
def student(session: nox.Session) -> None:
    """Run the step suites against what stands in exercises/: `nox -s student -- step3`."""
    install(session, "[dev]")
    steps = [f"exercises/{step}" for step in session.posargs] or ["exercises"]
    run(session, "pytest", *steps)


@session()
def mutants(session: nox.Session) -> None:
    """Prove that every wrong answer fails and every right one passes: `nox -s mutants -- 3.2`."""
    install(session, "[dev]")
    run(session, "workshop", "dev", "mutants", *session.posargs, OMP_WAIT_POLICY="PASSIVE")


@session()
def generate(session: nox.Session) -> None:
    """Make stubs and solutions from the reference and the manifest; `-- --check` only compares."""
    install(session, "[dev]")
    run(session, "workshop", "dev", "generate", *session.posargs)


@session()
def sweep(session: nox.Session) -> None:
    """Run the solutions under 20 seeds and 1, 2 and 4 threads: tolerances and thresholds must hold (an hour; nightly)."""
    install(session, "[dev]")
    run(session, "python", "-m", "grading.runtime.sweep", *session.posargs, OMP_WAIT_POLICY="PASSIVE")


@session()
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    install(session, "[dev]")
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")


@session()
def types(session: nox.Session) -> None:
    """Check the type annotations."""
    install(session, "[dev]")
    run(session, "mypy")


@session()
def bench(session: nox.Session) -> None:
    """Measure speed and accuracy beside the yardsticks; prints tables and writes JSON (hours; name parts: `-- judging watch`)."""
    install(session, "[dev,bench]")
    run(session, "python", "-m", "tests.bench", *session.posargs)


@session()
def pictures(session: nox.Session) -> None:
    """Make the pictures of the README, from a run of the demo, and those of the steps again."""
    install(session, "[dev]")
    with tempfile.TemporaryDirectory() as results:
        run(session, "workshop", "demo", "--out", results)
        for name, source in README_PICTURES.items():
            shutil.copy(Path(results) / source, PICTURES / name)
        run(session, "python", "-m", "tests.pictures", results, str(PICTURES))
    run(session, "python", "-m", "tests.lesson_pictures")
    smaller = (
        "import sys\nfrom PIL import Image\nfor path in sys.argv[1:]: Image.open(path).quantize(64).save(path, optimize=True)"
    )
    run(session, "python", "-c", smaller, *map(str, PICTURES.glob("*.png")))
