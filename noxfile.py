"""What people do with this repository, one session each: `nox -l` lists them, `nox -s NAME -- …` passes arguments on.

All sessions share one virtual environment, `.venv`; PyTorch alone takes gigabytes. To use another PyTorch (CPU-only, or for a
particular CUDA), make the environment first and install that PyTorch in it (README, "Another PyTorch").
"""

import hashlib
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

session: Callable[..., Callable[[Callable[[nox.Session], None]], object]] = partial(nox.session, venv_location=".venv")


def install(session: nox.Session, extra: str = "") -> None:
    """Install the workshop, unless it has been installed from the same pyproject.toml and constraints before."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / f".installed{extra}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    session.install("--constraint", str(CONSTRAINTS), "--editable", f".{extra}")
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
    """Measure speed and accuracy beside the yardsticks; prints a table and writes JSON (about 20 minutes)."""
    install(session, "[dev]")
    session.run("python", "-m", "tests.bench", *session.posargs)
