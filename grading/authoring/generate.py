"""All files of the course that are made from the reference, the manifest and the tours: `workshop dev generate`.

Stubs and notebooks in `exercises/` become the intern's, so one that was edited is never written over without a copy of it;
everything else that is generated is written anew. A step without a tour has no notebook, and nothing for nbgrader.
"""

import ast
import contextlib
import difflib
import hashlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.authoring.notebooks import TOURS, TourError, read_tour, release_notebook, source_notebook
from grading.authoring.stubs import MarkerError, find_regions, make_solution, make_stub
from grading.files import write_atomically
from grading.manifest import Course, Step

REFERENCE = "handwriting_workshop"
STUBS, SOLUTIONS = "exercises", "solutions"
SOURCE = "grading/course/source"
"""What nbgrader makes its releases of: per step the notebook, and the stubs, public tests, README and pictures beside it."""

BESIDE = ("README.md", "*.png", "test_*.py")
"""Files by hand in a step's folder that belong to every copy of it."""

RECORD = f"{STUBS}/.generated.json"
"""Digests of the stubs and notebooks as they were generated: what differs from its digest was edited."""

BACKUPS = ".workshop/backups"


class GenerateError(ValueError):
    """Markers and manifest that do not fit together, or files that must not be written over; one line per fault."""


@dataclass(frozen=True)
class Written:
    """What `generate` did."""

    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    backups: tuple[str, ...]


def course_files(root: Path, course: Course) -> dict[str, str]:
    """Path relative to the root -> text, for every file whose text is generated.

    Raises:
        GenerateError: a marker that cannot be understood, an exercise without a gap, a gap without an exercise, or one in another
            module than the manifest says; a tour that cannot be understood.
    """
    if faults := list(_unmatched(root, course)):
        raise GenerateError("\n".join(faults))
    goals = {exercise.id: exercise.goal for exercise in course.exercises()}
    files: dict[str, str] = {}
    for step in course.steps:
        for module in step.modules:
            source = f"{REFERENCE}/{module}.py"
            text = (root / source).read_text(encoding="utf-8")
            try:
                files[f"{STUBS}/{step.folder}/{module}.py"] = make_stub(text, goals)
            except MarkerError as error:
                raise GenerateError(f"{source}:{error}") from None
            files[f"{SOLUTIONS}/{step.folder}/{module}.py"] = make_solution(text)
        if _has_tour(root, step):
            files |= _for_nbgrader(root, step, {module: files[f"{STUBS}/{step.folder}/{module}.py"] for module in step.modules})
    stubs = {path: _digest(text.encode()) for path, text in files.items() if path.startswith(f"{STUBS}/")}
    files[RECORD] = json.dumps(stubs, indent=1, sort_keys=True) + "\n"
    return files


def _has_tour(root: Path, step: Step) -> bool:
    return (root / TOURS / f"{step.folder}.md").is_file()


def _for_nbgrader(root: Path, step: Step, stubs: dict[str, str]) -> dict[str, str]:
    """Path -> text of a step's notebooks, the instructor's and the intern's, and of the stubs beside the instructor's."""
    try:
        source = source_notebook(step, read_tour(root / TOURS / f"{step.folder}.md", step), stubs)
    except TourError as error:
        raise GenerateError(str(error)) from None
    notebook = f"{step.folder}/{step.folder}.ipynb"
    beside = {f"{SOURCE}/{step.folder}/{module}.py": text for module, text in stubs.items()}
    return beside | {f"{SOURCE}/{notebook}": source, f"{STUBS}/{notebook}": release_notebook(source)}


def copied_files(root: Path, course: Course) -> dict[str, bytes]:
    """Path -> content of every file that is a copy of one by hand: what lies beside the stubs, for nbgrader."""
    return {
        f"{SOURCE}/{step.folder}/{path.name}": path.read_bytes()
        for step in course.steps
        if _has_tour(root, step)
        for pattern in BESIDE
        for path in sorted((root / STUBS / step.folder).glob(pattern))
    }


def _wanted(root: Path, course: Course) -> dict[str, bytes]:
    """Path -> content of every file that `generate` writes."""
    return {path: text.encode() for path, text in course_files(root, course).items()} | copied_files(root, course)


def differences(root: Path, course: Course) -> Iterator[str]:
    """A unified diff for each file that is not what `generate` would write, and a line for each that should not be there."""
    wanted = _wanted(root, course)
    for path, data in sorted(wanted.items()):
        there = _read(root / path)
        if there is None:
            yield f"{path}: missing\n"
        elif there != data and path.endswith(".png"):
            yield f"{path}: another picture\n"
        elif there != data:
            old, new = (text.decode(errors="replace").splitlines(keepends=True) for text in (there, data))
            yield "".join(difflib.unified_diff(old, new, path, f"{path} (generated)", n=1))
    yield from (f"{path}: not generated from anything any more\n" for path in _stale(root, wanted))


def generate(root: Path, course: Course, *, force: bool = False) -> Written:
    """Write all generated files that are not up to date. With `force`, edited stubs and notebooks too, after a copy of each.

    Raises:
        GenerateError: as `course_files`, or stubs and notebooks that somebody has edited; nothing was written.
    """
    wanted = _wanted(root, course)
    changed = [path for path, data in sorted(wanted.items()) if _read(root / path) != data]
    edited = [path for path in changed if _is_edited(root, path)]
    if edited and not force:
        raise GenerateError(
            "\n".join(f"{path}: edited since it was generated" for path in edited)
            + f"\nnothing was written; `workshop dev generate --force` writes over them, and keeps copies in {BACKUPS}"
        )
    backups = [_backed_up(root, path) for path in edited]
    stale = _stale(root, wanted)
    for path in changed:
        write_atomically(root / path, wanted[path])
    for path in stale:
        (root / path).unlink()
    return Written(tuple(changed), tuple(stale), tuple(backups))


def _unmatched(root: Path, course: Course) -> Iterator[str]:
    """Markers that cannot be understood, exercises without a gap, and gaps that the manifest does not have in that module."""
    places = {exercise.id: exercise.module for exercise in course.exercises()}
    missing = dict(places)
    for path in sorted((root / REFERENCE).glob("*.py")):
        try:
            regions = find_regions(path.read_text(encoding="utf-8"))
        except (MarkerError, UnicodeDecodeError) as error:
            yield f"{REFERENCE}/{path.name}:{error if isinstance(error, MarkerError) else ' not UTF-8 text'}"
            missing = {number: module for number, module in missing.items() if module != path.stem}
            continue
        for region in regions:
            place = places.get(region.exercise)
            if place != path.stem:
                fault = "is not in the manifest" if place is None else f"stands in {place}.py, says the manifest"
                yield f"{REFERENCE}/{path.name}:{region.begin}: exercise {region.exercise} {fault}"
            missing.pop(region.exercise, None)
    yield from (f"{REFERENCE}/{module}.py: there is no gap for exercise {number}" for number, module in missing.items())
    yield from _without_function(root, course)
    yield from _strange_tests(root, course)


def _without_function(root: Path, course: Course) -> Iterator[str]:
    """Exercises whose names are none of their module's functions, methods and classes."""
    known: dict[str, set[str]] = {}
    for module in {exercise.module for exercise in course.exercises()}:
        with contextlib.suppress(OSError, SyntaxError, UnicodeDecodeError):  # which is told already
            known[module] = {*_names(ast.parse((root / REFERENCE / f"{module}.py").read_text(encoding="utf-8")))}
    for exercise in course.exercises():
        for name in map(str.strip, exercise.name.split(",")):
            if exercise.module in known and name not in known[exercise.module]:
                yield f"grading/steps.toml: exercise {exercise.id}: there is no {name or 'name'} in {exercise.module}.py"


def _names(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """What an exercise may be called: `create_model`, `Writers`, `Writers.random`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{name}" for name in _names(node))


def _strange_tests(root: Path, course: Course) -> Iterator[str]:
    """Tests that are marked with an exercise that their step does not have."""
    for step in course.steps:
        known = {exercise.id for exercise in step.exercises}
        for folder in (STUBS, "grading/hidden"):
            for path in sorted((root / folder / step.folder).glob("test_*.py")):
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                    found = re.search(r"\bmark\.exercise\(\s*[\"']?([^\"')]*)", line)
                    if found is not None and found[1] not in known:
                        yield f"{path.relative_to(root).as_posix()}:{number}: step {step.number} has no exercise {found[1]!r}"


def _stale(root: Path, wanted: dict[str, bytes]) -> list[str]:
    """Files in places where only generated ones may be, that nothing generates; an instructor's own kinds of files may stay."""
    there = [path.relative_to(root).as_posix() for path in (root / SOLUTIONS).rglob("*.py")]
    for pattern in ("step*/*.py", "step*/*.ipynb", *(f"step*/{pattern}" for pattern in BESIDE)):
        there += [path.relative_to(root).as_posix() for path in (root / SOURCE).glob(pattern)]
    there += [path for path in _recorded(root) if (root / path).is_file() and not _is_edited(root, path)]
    return sorted(set(there) - set(wanted))


def _is_edited(root: Path, path: str) -> bool:
    """Whether a stub or notebook is there, and is not as it was generated."""
    data = _read(root / path)
    if data is None or not path.startswith(f"{STUBS}/") or path == RECORD:
        return False
    return _recorded(root).get(path) != _digest(data)


def _recorded(root: Path) -> dict[str, str]:
    """Path -> digest of each stub and notebook when it was last generated; of none where git has left a conflict."""
    try:
        record: dict[str, str] = json.loads(_read(root / RECORD) or "{}")
    except ValueError:
        return {}
    return record


def _backed_up(root: Path, path: str) -> str:
    """Copy a file aside; where the copy is."""
    backup = f"{BACKUPS}/{time.strftime('%Y%m%d-%H%M%S')}/{path}"
    (root / backup).parent.mkdir(parents=True, exist_ok=True)
    (root / backup).write_bytes((root / path).read_bytes())
    return backup


def _read(path: Path) -> bytes | None:
    """A file's content; None if there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
