"""While one step is tested, its modules come from the answers under test, and other steps' modules are not there.

`handwriting_workshop.models` is then the learner's `models.py`, for our imports and for those in the learner's own files; support
modules (`samples`, `plots`, …) stay the reference's. So a step's tests cannot need another step's answer.
"""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "handwriting_workshop"


class WrongTreeError(ImportError):
    """A module under test was taken from another place than the one that is tested."""


class AsItIsNow(SourceFileLoader):
    """Compiles a file anew each time: Python knows bytecode by size and second, and a file may be saved twice in one."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Unknown, so that nothing compiled is read or written (`importlib.abc.SourceLoader`)."""
        raise OSError(f"no bytecode is kept of {path}")


class StepModules:
    """The modules of one step, loaded from the files under test when they are first asked for, once."""

    def __init__(self, files: Mapping[str, Path], absent: Sequence[str]) -> None:
        self.files = {f"{PACKAGE}.{name}": path.resolve() for name, path in files.items()}
        self.absent = {f"{PACKAGE}.{name}" for name in absent}
        self.loaded: dict[str, ModuleType] = {}

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Let imports find these modules and no other step's; afterwards all is as it was before."""
        import handwriting_workshop as package

        names = self.files.keys() | self.absent
        before = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
        attributes = {name: vars(package).pop(short) for name in names if (short := name.rpartition(".")[2]) in vars(package)}
        sys.modules.update(self.loaded)
        vars(package).update({name.rpartition(".")[2]: module for name, module in self.loaded.items()})
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            self.loaded = {name: sys.modules.pop(name) for name in self.files if name in sys.modules}
            for name in names:
                vars(package).pop(name.rpartition(".")[2], None)
            sys.modules.update(before)
            vars(package).update({name.rpartition(".")[2]: module for name, module in attributes.items()})

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """For the import system: a module under test, a refusal, or None for everything else."""
        if name in self.files:
            path = self.files[name]
            return importlib.util.spec_from_file_location(name, path, loader=AsItIsNow(name, str(path)))
        if name in self.absent:
            raise ModuleNotFoundError(
                f"{name} belongs to another step, whose answers are not needed here: take what you need as an argument",
                name=name,
            )
        return None

    def forget(self) -> None:
        """Load the modules anew when they are asked for next."""
        self.loaded = {}

    def module(self, name: str) -> ModuleType:
        """A module under test, by its short name; call it while `active`.

        Raises:
            WrongTreeError: it was not loaded from its file.
        """
        full = f"{PACKAGE}.{name}"
        module = importlib.import_module(full)
        if module.__file__ != str(self.files[full]):
            raise WrongTreeError(f"{full} came from {module.__file__}, and {self.files[full]} is under test")
        return module
