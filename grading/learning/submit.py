"""`workshop submit step3`: say what is not finished, and pack what is handed in into `step3-submission.zip`.

The answers are the step's Python files; the notebook goes with them for its written question. Nothing is sent anywhere.
"""

import ast
import hashlib
import io
import json
import platform
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grading.files import write_atomically
from grading.learning.commands import CommandError, find_step
from grading.learning.gaps import open_gaps
from grading.learning.update import LISTING
from grading.learning.workspace import Workspace, source_of
from grading.manifest import Step
from grading.packing_list import MAX_NOTEBOOK, MAX_SOURCE, NAME, PackingList, course_version, to_bytes

PACKAGES = ("handwriting-workshop", "torch", "torchvision", "timm", "numpy")
"""Whose versions are written down."""

SECONDS = 120
"""For importing the files once; PyTorch alone takes half a minute on a slow disk."""


def submit(workspace: Workspace, what: str, *, anyway: bool = False) -> int:
    """Pack a step's files, after saying what is open, cannot be read or cannot be imported; the exit status.

    Raises:
        CommandError: no such step, a file that is missing, cannot be read or is too long, no place to write, or nothing was done
            in this step (unless `anyway`).
    """
    step = find_step(workspace, what)
    files = _read_files(workspace, step)
    texts = {name: source_of(data) for name, data in files.items() if name.endswith(".py")}
    gaps = {exercise.id for exercise in step.exercises if exercise.id in open_gaps(texts[f"{exercise.module}.py"])}
    answered = _is_answered(files.get(_notebook(step)))
    if len(gaps) == len(step.exercises) and not answered and not anyway:
        raise CommandError(
            f"nothing was packed: all exercises of step {step.number} are as they were handed out. Is your file saved, and in "
            f"{workspace.shown(workspace.root / 'exercises' / step.folder)}? To hand in all the same: "
            f"workshop submit {step.folder} --anyway"
        )
    counting = [exercise for exercise in step.exercises if not exercise.optional]
    written = sum(exercise.id not in gaps for exercise in counting)
    print(f"step {step.number}: {written} of the {len(counting)} exercises that count are written")
    for exercise in counting:
        if exercise.id in gaps:
            print(f"  {exercise.id} {exercise.name} is untouched or half done: its TODO still stands there")
    faults = list(_unreadable(files)) or list(_not_importable(workspace, step))
    print("".join(f"  {fault}\n" for fault in (*faults, *_notebook_faults(workspace, step, files, answered))), end="")
    path = workspace.root / f"{step.folder}-submission.zip"
    try:
        write_atomically(path, _packed(step, files, course_version(workspace.root)))
    except OSError as error:
        raise CommandError(f"{path.name} could not be written to {path.parent} ({error.strerror}); nothing was packed") from None
    print(f"packed {', '.join(files)} into {workspace.shown(path)} ({-(-path.stat().st_size // 1000)} kB)")
    print(f"next: hand in {path.name} as it is, where your course collects answers")
    print(
        f"      after another change: workshop submit {step.folder}; the tests say how far you are: workshop check {step.number}"
    )
    return 0


def _notebook(step: Step) -> str:
    return f"{step.folder}.ipynb"


def _read_files(workspace: Workspace, step: Step) -> dict[str, bytes]:
    """File name -> content of what is packed, the notebook only if it is there."""
    files: dict[str, bytes] = {}
    for name in (*(f"{module}.py" for module in step.modules), _notebook(step)):
        path = workspace.root / "exercises" / step.folder / name
        shown, limit = workspace.shown(path), MAX_SOURCE if name.endswith(".py") else MAX_NOTEBOOK
        try:
            if name.endswith(".ipynb") and not path.exists():
                continue
            with path.open("rb") as file:
                files[name] = file.read(limit + 1)
        except FileNotFoundError:
            whole = f"workshop reset {step.folder}/{path.stem}"
            raise CommandError(f"nothing was packed: {shown} is missing; {whole} puts it back as it was handed out") from None
        except OSError as error:
            raise CommandError(f"nothing was packed: {shown} cannot be read ({error.strerror})") from None
        if len(files[name]) > limit:
            remedy = "clear its outputs and save it" if name.endswith(".ipynb") else "keep only your answers in it"
            raise CommandError(f"nothing was packed: {shown} is longer than the {limit:,} bytes that are taken in; {remedy}")
    return files


# --- What an intern should know before it is handed in -------------------------------------------------------------------------


def _unreadable(files: dict[str, bytes]) -> Iterator[str]:
    """Files that Python cannot read, with the line."""
    for name, data in files.items():
        if not name.endswith(".py"):
            continue
        try:
            ast.parse(data.decode("utf-8-sig"), name)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            yield f"{name}, line {line}: this is not UTF-8, and is not taken in; save the file as UTF-8"
        except SyntaxError as error:
            yield f"{name}, line {error.lineno}: Python cannot read this ({error.msg}); nothing in the file counts"
        except (ValueError, RecursionError, MemoryError) as error:
            yield f"{name}: Python cannot read this file ({error}); nothing in it counts"


def _not_importable(workspace: Workspace, step: Step) -> Iterator[str]:
    """Files that cannot be imported, found out in a program of its own, because that takes PyTorch and runs the files."""
    command = [sys.executable, "-m", "grading.runtime.importing", str(workspace.root.resolve()), str(step.number)]
    try:
        run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        yield f"importing the files takes more than {SECONDS} seconds: does one of them do its work outside of functions?"
        return
    try:
        found: dict[str, tuple[int, str]] = json.loads(run.stdout.decode(errors="replace").splitlines()[-1])
    except (ValueError, IndexError):
        yield f"the files could not be imported (Python ended with status {run.returncode}); workshop doctor says if it is they"
        return
    for module, (line, error) in found.items():
        place = f"{module}.py, line {line}" if line else f"{module}.py"
        yield f"{place}: the file cannot be imported ({error}); nothing in it counts"


def _notebook_faults(workspace: Workspace, step: Step, files: dict[str, bytes], answered: bool | None) -> Iterator[str]:
    name = _notebook(step)
    if name in files and answered is None:
        yield f"{name} is no notebook any more; its written answer cannot be read"
    elif name in files and not answered:
        yield f"{name}: the written question is not answered (or the notebook is not saved)"
    elif name not in files and _was_handed_out(workspace, f"exercises/{step.folder}/{name}"):
        yield f"{name} is missing; its written question counts as not answered"


def _was_handed_out(workspace: Workspace, path: str) -> bool:
    try:
        return f'"{path}"' in (workspace.root / LISTING).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False  # no handout: the repository itself


def _is_answered(notebook: bytes | None) -> bool | None:
    """Whether a written answer is no longer as nbgrader released it; None if this is no notebook."""
    if notebook is None:
        return False
    try:
        cells = json.loads(notebook)["cells"]
        written = [cell for cell in cells if {"grade", "solution"} <= {key for key, value in _nbgrader(cell).items() if value}]
        return any(_nbgrader(cell).get("checksum") != _checksum(cell) for cell in written)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _nbgrader(cell: dict[str, dict[str, dict[str, object]]]) -> dict[str, object]:
    return cell["metadata"].get("nbgrader", {})


def _checksum(cell: dict[str, dict[str, dict[str, object]]]) -> str:
    """As nbgrader computes it of a written answer when it is released (`nbgrader.utils.compute_checksum`)."""
    data, source = _nbgrader(cell), cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    parts = (text, cell["cell_type"], "True", "True", "False", data["grade_id"], float(str(data["points"])))
    return hashlib.md5("".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


# --- Packing ------------------------------------------------------------------------------------------------------------------


def _packed(step: Step, files: dict[str, bytes], course: str) -> bytes:
    """The archive: the files in their order, then the packing list, all of the same time."""
    now = datetime.now(UTC).replace(microsecond=0)
    listed = PackingList(
        step=step.folder,
        course=course,
        versions={"python": platform.python_version(), **_versions()},
        packed=now.isoformat(),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packing:
        for name, data in {**files, NAME: to_bytes(listed)}.items():
            member = zipfile.ZipInfo(name, now.timetuple()[:6])
            member.external_attr = 0o100644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            packing.writestr(member, data)
    return archive.getvalue()


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
