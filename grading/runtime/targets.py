"""Which code is tested: `--target` as folders, resolved once, before anything is collected."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grading.manifest import Course, Step

TARGETS = "exercises, solutions, reference, mutant:NAME, or a folder or file of your own"

BANKS = {"mutant": "grading/mutants", "alternative": "tests/alternatives"}
"""Where the wrong answers are that must fail, and the right ones, written differently, that must pass: bodies of one gap each."""


class TargetError(ValueError):
    """A target that cannot be tested; the text says which there are."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the modules under test are."""

    name: str
    root: Path
    """The repository or handout."""
    course: Course
    answer: tuple[str, str] | None = None
    """(exercise, body): another answer that stands in one gap of the reference."""
    written: dict[str, Path] = field(default_factory=dict)
    """Module -> the file with that answer, once it was made."""

    def files(self, step: Step) -> dict[str, Path]:
        """Module -> file, for each module of a step.

        Raises:
            TargetError: a file is not there.
        """
        files = {module: self._file(step, module) for module in step.modules}
        if missing := [path for path in files.values() if not path.is_file()]:
            advice = f"; workshop reset {step.folder}/{missing[0].stem} puts it back" if self.name == "exercises" else ""
            raise TargetError(f"there is no {missing[0]} to test (target {self.name}){advice}")
        return files

    def _file(self, step: Step, module: str) -> Path:
        if self.answer is not None:
            return self._answered(module)
        if self.name in ("exercises", "solutions"):
            return self.root / self.name / step.folder / f"{module}.py"
        if self.name == "reference":
            return self.root / "handwriting_workshop" / f"{module}.py"
        own = Path(self.name)
        if own.is_file():
            return own if own.stem == module else self.root / "exercises" / step.folder / f"{module}.py"
        inner = own / step.folder / f"{module}.py"
        return inner if inner.is_file() else own / f"{module}.py"

    def _answered(self, module: str) -> Path:
        """The reference's module, with the other answer in it if it has the gap."""
        from grading.authoring.stubs import splice  # a handout has neither authoring tools nor other answers

        exercise, body = self.answer or ("", "")
        source = self.root / "handwriting_workshop" / f"{module}.py"
        if self.course.exercise(exercise).module != module:
            return source
        if module in self.written:
            return self.written[module]
        folder = Path(tempfile.mkdtemp(prefix="workshop-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = folder / f"{module}.py"
        path.write_text(splice(source.read_text(encoding="utf-8"), exercise, body), encoding="utf-8")
        self.written[module] = path
        return path


def answers(root: Path, bank: str) -> Mapping[str, Path]:
    """Name (`3.2-softmax_first`) -> file, for each answer in a bank: `mutant` or `alternative`."""
    return {path.stem: path for path in sorted((root / BANKS[bank]).glob("step*/*.py"))}


def tests_that_fail(path: Path) -> list[str]:
    """The tests that a wrong answer must fail, as its first lines say: `# fails: test_one, test_two`."""
    found = re.search(r"^# fails: (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return re.split(r",\s*", found[1].strip()) if found else []


def resolve(name: str, root: Path, course: Course) -> Target:
    """The target of a name.

    Raises:
        TargetError: nothing has this name.
    """
    bank, _, wanted = name.partition(":")
    if wanted and bank in BANKS:
        known = answers(root, bank)
        if wanted not in known:
            raise TargetError(f"there is no {bank} {wanted!r}; there are: {', '.join(known) or 'none'}")
        body = known[wanted].read_text(encoding="utf-8")
        return Target(name=name, root=root, course=course, answer=(wanted.partition("-")[0], body))
    if name not in ("exercises", "solutions", "reference") and not Path(name).exists():
        raise TargetError(f"unknown target {name!r}; choose {TARGETS}")
    return Target(name=name, root=root, course=course)
