"""What this machine can do, as `workshop doctor` shows it: one line each, `ok` or `BAD` with what to do."""

import importlib
import sys
import time
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def packages() -> list[tuple[bool, str]]:
    """The packages that the workshop needs."""
    from packaging.requirements import Requirement

    lines = []
    for text in _required():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            lines.append((False, f"{requirement.name} is missing: python -m pip install -e ."))
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            lines.append((False, f"{requirement.name} {found} is too old ({requirement.specifier}): python -m pip install -e ."))
    return lines or [(True, "all packages are there")]


def _required() -> list[str]:
    """What pyproject.toml asks for, which may be newer than what was installed."""
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return [str(text) for text in project["dependencies"]]
    except (OSError, ValueError, KeyError):
        return requires("handwriting-workshop") or []


def pytorch() -> list[tuple[bool, str]]:
    """PyTorch, its partner and its devices."""
    started = time.perf_counter()
    try:
        torch, torchvision = importlib.import_module("torch"), importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError) as error:
        return [(False, f"torch and torchvision do not fit together ({error}): install both in one command, see pytorch.org")]
    seconds = time.perf_counter() - started
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else []), *(["mps"] if torch.backends.mps.is_available() else [])]
    return [
        (True, f"torch {torch.__version__}, torchvision {torchvision.__version__}, imported in {seconds:.1f} s"),
        (True, f"devices: {', '.join(devices)}; {torch.get_num_threads()} threads"),
    ]


def digits() -> list[tuple[bool, str]]:
    """The real digits that come with the packages."""
    from handwriting_workshop.embedded import embedded_mnist

    return [(True, f"{len(embedded_mnist()):,} real digits can be read")]


def main() -> int:
    """Print all lines; 1 if one of them is bad."""
    status = 0
    for found in (packages, pytorch, digits):
        try:
            lines = found()
        except Exception as error:  # whatever it is, the other lines are still worth reading
            lines = [(False, f"{type(error).__name__}: {error}")]
        for good, line in lines:
            print(f"{'ok ' if good else 'BAD'}  {line}", flush=True)
            status = status if good else 1
    return status


if __name__ == "__main__":
    sys.exit(main())
