"""`workshop update NEWER_HANDOUT`: take over what is new without losing an intern's work.

Each file with exercises is merged three ways: as it was handed out, as the newer handout has it, and as the intern has it now; a
notebook cell by cell. All other files are replaced. Whatever is written over was copied to `.workshop/backups` before.
"""

import difflib
import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from merge3 import Merge3

from grading.files import write_atomically
from grading.learning.commands import CommandError
from grading.learning.gaps import TODO, split_lines
from grading.learning.notebooks import merge_notebook
from grading.learning.workspace import PRISTINE, Workspace, like, replace_record, source_of

LISTING = ".workshop/handout.json"


@dataclass
class Plan:
    """What an update is going to do; nothing is written before it stands."""

    write: dict[str, bytes] = field(default_factory=dict)
    delete: list[str] = field(default_factory=list)
    aside: dict[str, bytes] = field(default_factory=dict)
    """Files that could not be merged: the newer version, to be put beside the intern's."""
    notes: list[str] = field(default_factory=list)


def update(workspace: Workspace, handout: Path) -> int:
    """Merge a newer handout into this workspace; the exit status.

    Raises:
        CommandError: one of the two is no handout, they are the same, or the newer one is not whole.
    """
    root = workspace.root
    if handout.resolve() == root.resolve():
        raise CommandError("this is the folder that you work in: name the newer handout's, unpacked beside it")
    old, new = _listing(root), _listing(handout)
    plan = plan_update(root, handout, old, new)
    changed = [path for path in (*plan.write, *plan.delete) if (root / path).is_file()]
    folder = workspace.backup(*(root / path for path in changed), reason="update") if changed else None
    if "pyproject.toml" in plan.write and _packages(root) != _packages(handout):
        plan.notes.append("other packages are needed now: python -m pip install -e .")
    _forget_verdicts(workspace, plan)
    for path, data in plan.aside.items():
        write_atomically((root / path).with_suffix(".newer.py"), data)
    for path, data in plan.write.items():
        write_atomically(root / path, data)
    for path in plan.delete:
        (root / path).unlink()
    shutil.copyfile(handout / LISTING, root / LISTING)
    print(
        "\n".join(
            [*plan.notes, f"{len(plan.write)} files updated, {len(plan.delete)} removed, {len(plan.aside)} left as they are"]
        )
    )
    if folder is not None:
        print(f"what was there before lies in {workspace.shown(folder)}")
    return 1 if plan.aside else 0


def _packages(folder: Path) -> object:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def _forget_verdicts(workspace: Workspace, plan: Plan) -> None:
    """What other tests said of an answer is nothing that these say."""
    others = {path.split("/")[1] for path in plan.write if re.fullmatch(r"exercises/step\d+/test_\w+\.py", path)}
    exercises = {each.id for step in workspace.course.steps if step.folder in others for each in step.exercises}
    known = {number: record for number, record in workspace.records().items() if number in exercises}
    if known:
        workspace.remember({number: replace_record(record, state="") for number, record in known.items()})


def plan_update(root: Path, handout: Path, old: dict[str, str], new: dict[str, str]) -> Plan:
    """What to do with each file.

    Raises:
        CommandError: a file of the newer handout is missing or is not as its list says.
    """
    plan = Plan()
    for path, digest in new.items():
        theirs = (handout / path).read_bytes() if (handout / path).is_file() else b""
        if hashlib.sha256(theirs).hexdigest() != digest and not _is_exercise(path, new):
            raise CommandError(f"{handout / path} is not as it was handed out; unpack the newer handout again")
        if path.startswith(f"{PRISTINE}/"):
            continue
        if _is_exercise(path, new):
            _plan_exercise(plan, root, handout, path)
        elif not (root / path).is_file() or (root / path).read_bytes() != theirs:
            plan.write[path] = theirs
            if (root / path).is_file() and _digest(root / path) != old.get(path):
                plan.notes.append(
                    f"{path}: {'you had changed it' if path in old else 'this was yours'}; the newer one is in its place"
                )
    for path in old.keys() - new.keys():
        if (root / path).is_file():
            plan.delete.append(path)
            plan.notes.append(f"{path}: there is no such file any more")
    return plan


def _is_exercise(path: str, listed: dict[str, str]) -> bool:
    """Whether an intern writes in this file: there is a pristine copy of it."""
    return path.startswith("exercises/") and f"{PRISTINE}/{path.removeprefix('exercises/')}" in listed


def _plan_exercise(plan: Plan, root: Path, handout: Path, path: str) -> None:
    """Merge a file with exercises."""
    pristine = f"{PRISTINE}/{path.removeprefix('exercises/')}"
    theirs = (handout / pristine).read_bytes()
    base = (root / pristine).read_bytes() if (root / pristine).is_file() else b""
    mine = (root / path).read_bytes() if (root / path).is_file() else base
    if base == theirs and (root / path).is_file():
        return
    if path.endswith(".ipynb"):
        merged: bytes | None = merge_notebook(base, mine, theirs)
    else:
        text = merge(source_of(base), source_of(mine), source_of(theirs))
        merged = None if text is None else mine if text == source_of(mine) else like(mine, text)
    if merged is None:
        plan.aside[path] = theirs
        plan.notes.append(
            f"{path}: your changes and the newer handout's cannot be joined; it lies beside it, as .newer.py: "
            "take over what you want, and delete it"
        )
    elif not (root / path).is_file():
        plan.write[path] = merged
        plan.notes.append(f"{path}: it was not there any more, and is as it is handed out")
    elif merged != mine:
        plan.write[path] = merged
        plan.notes.append(f"{path}: merged with your work")
    plan.write[pristine] = theirs  # last: should writing break off, the next update merges again, which changes nothing more


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Both changes in one text; None where they contradict each other. A gap that the intern has filled stays filled."""
    base_lines, my_lines, their_lines = (split_lines(text) for text in (base, mine, theirs))
    result: list[str] = []
    for region in Merge3(base_lines, my_lines, their_lines).merge_regions():
        match region:
            case ("unchanged", start, end):
                result += base_lines[start:end]
            case ("a" | "same", start, end):
                result += my_lines[start:end]
            case ("b", start, end):
                result += their_lines[start:end]
            case ("conflict", base_start, base_end, my_start, my_end, their_start, their_end):
                around = _around_gap(
                    base_lines[base_start:base_end], my_lines[my_start:my_end], their_lines[their_start:their_end]
                )
                if around is None:
                    return None
                result += around
    return "".join(result)


def _around_gap(base: list[str], mine: list[str], theirs: list[str]) -> list[str] | None:
    """Changes that stand side by side in one text, such as a filled gap and a better docstring right above it.

    Another goal in a gap that the intern has filled is no change. None where no gap is, or where both changed the same lines.
    """
    if not any(TODO.search(line) for line in base):
        return None
    filled = {line[: found.end()]: line for line in base if line not in mine and (found := TODO.search(line))}
    theirs = [filled.get(line[: found.end()], line) if (found := TODO.search(line)) else line for line in theirs]
    result: list[str] = []
    before, at = (-1, -1), 0
    for start, end, lines in sorted({*_changes(base, mine), *_changes(base, theirs)}):
        if start < at or (start, end) == before:
            return None
        result += [*base[at:start], *lines]
        before, at = (start, end), end
    return [*result, *base[at:]]


def _changes(base: list[str], new: list[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(first line, line after the last, what stands there instead) of each change."""
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, base, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start, end, tuple(new[new_start:new_end])


def _listing(folder: Path) -> dict[str, str]:
    """File -> digest, as it was handed out."""
    try:
        files: dict[str, str] = json.loads((folder / LISTING).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{folder} is no handout: it has no {LISTING} that can be read") from None
    return files


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
