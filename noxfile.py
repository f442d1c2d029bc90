"""What people do with this repository, one session each: `nox -l` lists them, `nox -s NAME -- …` passes arguments on.

All sessions share one virtual environment, `.venv`; PyTorch alone takes gigabytes. A PyTorch that was put there before (CPU-only,
or for a particular CUDA) is kept: README, "Another PyTorch".
"""

import hashlib
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

ROOT = Path(__file__).parent
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
PICTURES = ROOT / ".github" / "pictures"
README_PICTURES = {
    "samples.png": "data/samples.png",
    "synthetic.png": "data/synthetic.png",
    "augmentation.png": "data/augmentation.png",
    "comparison.png": "comparison.png",
    "mistakes.png": "simple_cnn/mistakes.png",
    "sample_sheet.png": "own_data/sample_sheet.png",
}
"""File in the README -> artefact of the demo."""

session: Callable[..., Callable[[Callable[[nox.Session], None]], object]] = partial(nox.session, venv_location=".venv")


def install(session: nox.Session, extra: str = "") -> None:
    """Install the workshop with the versions that CI tests, unless that has been done before; the user's PyTorch stays."""
    folder = Path(session.virtualenv.location)
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    stamp, kept = folder / f".installed{extra}", folder / ".own_pytorch"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    installed_by_us = any(folder.glob(".installed*"))
    has_pytorch = any((*folder.glob("lib/python*/site-packages/torch"), *folder.glob("Lib/site-packages/torch")))
    if has_pytorch and not installed_by_us:
        kept.touch()
    constraints = CONSTRAINTS
    if kept.exists():
        lines = CONSTRAINTS.read_text().splitlines()
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(line for line in lines if not line.startswith(("torch==", "torchvision=="))) + "\n")
    session.install("--constraint", str(constraints), "--editable", f".{extra}")
    stamp.write_text(wanted)


@session()
def demo(session: nox.Session) -> None:
    """Train, evaluate and compare four models on real digits, and write a report (about two minutes)."""
    install(session)
    session.run("workshop", "demo", *session.posargs)


@session()
def tests(session: nox.Session) -> None:
    """Run the tests of the reference and of the course tools."""
    install(session, "[dev]")
    environment = {"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    session.run("pytest", *session.posargs, env=environment)


@session()
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    install(session, "[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@session()
def types(session: nox.Session) -> None:
    """Check the type annotations."""
    install(session, "[dev]")
    session.run("mypy")


@session()
def bench(session: nox.Session) -> None:
    """Measure speed and accuracy beside the yardsticks; prints tables and writes JSON (about half an hour)."""
    install(session, "[dev]")
    session.run("python", "-m", "tests.bench", *session.posargs)


@session()
def pictures(session: nox.Session) -> None:
    """Make the README's pictures again, from a run of the demo."""
    install(session)
    results = Path(session.create_tmp()) / "demo"
    session.run("workshop", "demo", "--out", str(results))
    for name, source in README_PICTURES.items():
        shutil.copy(results / source, PICTURES / name)
    smaller = (
        "import sys\nfrom PIL import Image\nfor path in sys.argv[1:]: Image.open(path).quantize(64).save(path, optimize=True)"
    )
    session.run("python", "-c", smaller, *(str(PICTURES / name) for name in README_PICTURES))
