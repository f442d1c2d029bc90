"""What is handed in, taken in: of a file, a folder or an archive, only the files that a step asks for, as text.

Nothing is unpacked, executed or repaired. What lies beside the wanted files (a notebook, a conftest.py, a torch.py) is not
looked at, and so can do nothing; only `submission.json` is read, and compared with what is there, and where there is no wanted
file, `not_collected.txt`, which says why. A file lies where the handout has it: `exercises/step3/models.py`, `step3/models.py` or
`models.py`; all this may lie in a folder of its own.
"""

import codecs
import hashlib
import io
import os
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.judging.archives import MAX_PACKED, Archive, Folder, Tree, read_file
from grading.judging.arrival import arrival_notes
from grading.judging.names import RejectedError, check_name, shown, skeleton
from grading.packing_list import MAX_SOURCE, NAME

__all__ = ["NOT_COLLECTED", "RejectedError", "Submission", "find_submissions", "locate", "reason_of", "take_in"]

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
"""What systems put into archives and folders; so are names that begin with a dot."""
MAX_WRAPPERS = 2
"""Folders around the answer."""
NOT_COLLECTED = "not_collected.txt"
"""Stands in a student's folder where collecting could take no answer: the reasons, one in a line."""
MAX_REASONS = 10_000
"""Bytes of it."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """An answer to one step, ready to be judged."""

    name: str
    """Whose it is."""
    files: dict[str, str]
    """File name -> text, with line ends as Python reads them."""
    missing: tuple[str, ...]
    """Wanted files that are not there; what they were for is worth nothing."""
    digest: str
    """SHA-256 of names and texts: equal answers have equal digests."""
    notes: tuple[str, ...] = ()
    """What its `submission.json` says, and what came, where they differ; for its author, and never a matter of points."""


def take_in(path: Path, wanted: Sequence[str], *, folder: str, name: str | None = None, version: str = "") -> Submission:
    """The wanted files (`models.py`, …) of a step (its folder is `step3`) in a file, a folder or an archive.

    Without a name, the submission is called after its path. With the course's version, a note tells of one packed by another.

    Raises:
        RejectedError: none of them is there, one of them is there twice, or something is not what an answer can be.
    """
    name = _called(path) if name is None else name
    try:
        files, notes = _taken(path, wanted, folder, version)
    except OSError as error:
        raise RejectedError("unreadable", f"this cannot be read ({error.strerror})", str(path)) from None
    digest = hashlib.sha256()
    for file, text in sorted(files.items()):
        digest.update(f"{file} {len(text.encode())}\n{text}".encode())
    missing = tuple(file for file in wanted if file not in files)
    return Submission(name=name, files=files, missing=missing, digest=digest.hexdigest(), notes=notes)


def _taken(path: Path, wanted: Sequence[str], folder: str, version: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """File name -> text; notes."""
    if path.is_symlink():
        raise RejectedError("kind", "this is a link; name the file or folder itself", str(path))
    if not path.exists():
        raise RejectedError("missing", "there is no such file or folder", str(path))
    if path.is_dir():
        return _collect(Folder(path), wanted, folder, str(path), version)
    if path.name in wanted:
        return {path.name: _text(read_file(path, MAX_SOURCE), str(path))}, ()
    if not path.name.lower().endswith(ARCHIVES):
        expected = ", ".join(wanted)
        raise RejectedError("kind", f"this is neither a folder nor an archive (zip, tar), nor called {expected}", str(path))
    return _collect(Archive(read_file(path, MAX_PACKED), str(path)), wanted, folder, str(path), version)


def find_submissions(path: Path, wanted: Sequence[str] = (), *, folder: str = "") -> list[tuple[str, Path]]:
    """Name and path of each submission, by name: the path itself if it is one, or else what a folder of students holds.

    Whatever else lies there (a list of grades, a hidden file) is left out, and whoever handed in other steps and not this one
    (nbgrader's `submitted/ann/step5`); a submission that cannot be taken in is not.

    Raises:
        NotADirectoryError: there is no such file or folder.
    """
    if not path.is_dir():
        if not path.exists() and not path.is_symlink():
            raise NotADirectoryError(f"there is no {path}: give a file, a folder, an archive, or a folder of students")
        return [(_called(path), path)]
    is_one = any(path.joinpath(*place).exists() for place in _places(wanted, folder)) or (folder and (path / folder).is_dir())
    if is_one and not (folder and _is_class(path, folder)):
        return [(_called(path), path)]
    found = [each for each in path.iterdir() if not _is_litter(each.name) and (not each.is_file() or _may_be_one(each.name))]
    found = [each for each in found if not _has_only_other_steps(each, folder)]
    called, before = [_called(each) for each in found], [""]
    while called != before:  # `ann`, `ann.zip` and `ann.zip.zip`: the whole name of one may be what another is called
        before, times = called, Counter(called)
        called = [name if times[name] == 1 else shown(each.name) for name, each in zip(called, found, strict=True)]
    return sorted(zip(called, found, strict=True), key=lambda pair: (pair[0], pair[1].name))


def passed_over(path: Path, folder: str) -> list[str]:
    """Who in a folder of students handed in other steps, and nothing for this one: they get no result."""
    return sorted(_called(each) for each in path.iterdir() if _has_only_other_steps(each, folder)) if path.is_dir() else []


def _has_only_other_steps(path: Path, folder: str) -> bool:
    """Whether a student's folder holds nothing but folders of other steps: then this one was not handed in, and that is no 0."""
    if not folder or path.is_symlink() or not path.is_dir():
        return False
    try:
        there = [(each.name, each.is_dir()) for each in path.iterdir() if not _is_litter(each.name)]
    except OSError:
        return False  # taking it in says why
    return bool(there) and all(is_folder and name != folder and re.fullmatch(r"step\d+", name) for name, is_folder in there)


def _is_class(path: Path, folder: str) -> bool:
    """Whether others have the step's folder in theirs: then somebody is called `exercises`, or as the step or a file of it."""
    ours = (folder, "exercises", "solutions")  # of the handout
    others = [each for each in path.iterdir() if each.name not in ours and not _is_litter(each.name)]
    return any(os.access(each, os.X_OK) and (each / folder).is_dir() for each in others)


def _called(path: Path) -> str:
    """`ann` for `ann`, `ann.zip` and `ann.py`; fit for a terminal and for a file of results."""
    name = path.resolve().name if path.name in ("", "..") else path.name
    suffix = next((suffix for suffix in (*ARCHIVES, ".py") if name.lower().endswith(suffix)), "")
    return shown(name[: len(name) - len(suffix)] or name)


def _may_be_one(name: str) -> bool:
    return name.lower().endswith((*ARCHIVES, ".py"))


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name in LITTER


# --- Finding the files --------------------------------------------------------------------------------------------------------


def _places(wanted: Sequence[str], folder: str) -> list[tuple[str, ...]]:
    return [(*parts, file) for parts in (("exercises", folder), (folder,), ()) for file in wanted]


def _collect(tree: Tree, wanted: Sequence[str], folder: str, where: str, version: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The wanted files' texts, and notes on what `submission.json` says of them."""
    try:
        paths = locate(tree, wanted, folder, where)
    except RejectedError as error:
        if error.code == "missing" and isinstance(tree, Folder) and (reason := _not_collected(tree, folder)):
            raise RejectedError("not collected", reason) from None
        raise
    contents = {file: tree.read(path) for file, path in paths.items()}
    texts = {file: _text(content, f"{where}/{'/'.join(paths[file])}") for file, content in contents.items()}
    beside = next(iter(paths.values()))[:-1]
    if NAME not in tree.names(beside):
        return texts, ()
    try:
        packing_list = tree.read((*beside, NAME))
    except RejectedError:
        packing_list = b""
    return texts, arrival_notes(packing_list, contents, wanted, folder, version)


def _not_collected(tree: Tree, folder: str) -> str:
    """Why collecting took no answer; empty if it does not say."""
    places = [(), (folder,)] if tree.names(()).get(folder) == "folder" else [()]
    for place in places:
        if tree.names(place).get(NOT_COLLECTED) == "file":
            try:
                return reason_of(tree.read((*place, NOT_COLLECTED), MAX_REASONS).decode(errors="replace").splitlines())
            except RejectedError:
                continue
    return ""


def reason_of(notes: Iterable[str]) -> str:
    """Why nothing was taken, in one line: in the table of what was collected, in the judge's results, and in the feedback."""
    return "; ".join(shown(note) for note in notes if note.strip())


def locate(tree: Tree, wanted: Sequence[str], folder: str, where: str) -> dict[str, tuple[str, ...]]:
    """Wanted file -> its path; looks into a folder (not another step's) around them if none of them lies outside of it.

    Raises:
        RejectedError: none of them is there, one of them is there twice, or something looks like one and is none.
    """
    around: tuple[str, ...] = ()
    for _ in range(MAX_WRAPPERS + 1):
        files = {}
        for file in wanted:
            paths = [path for path in _places([file], folder) if _is_there(tree, (*around, *path), where)]
            if len(paths) > 1:
                both = " and ".join("/".join(path) for path in paths)
                raise RejectedError("ambiguous", f"{both} are both there; hand in one of them", where)
            if paths:
                files[file] = (*around, *paths[0])
        inner = [name for name, kind in tree.names(around).items() if kind == "folder" and not _is_litter(name)]
        inner = [name for name in inner if name == folder or not re.fullmatch(r"step\d+", name)]
        if files or len(inner) != 1:
            break
        around = (*around, inner[0])
    if not files:
        expected = " or ".join("/".join(path) for path in _places(wanted[:1], folder))
        raise RejectedError("missing", f"there is no {expected}, also not in a folder or in {MAX_WRAPPERS} around it", where)
    return files


def _is_there(tree: Tree, path: tuple[str, ...], where: str) -> bool:
    """Whether a file lies at a path. Everything around it must have an honest name, and nothing may look like it.

    Raises:
        RejectedError: something else lies there, or something that looks the same.
    """
    for length in range(len(path)):
        names, expected = tree.names(path[:length]), path[length]
        here = f"{where}/{'/'.join(path[:length])}".rstrip("/")
        for name, kind in names.items():
            check_name(name, f"{here}/{name}")
            if name != expected and skeleton(name) == skeleton(expected) and (length + 1 == len(path) or expected in names):
                raise RejectedError(
                    "collision", f"this looks like {expected}, and is not; it must be {expected}", f"{here}/{name}"
                )
            if name == expected and kind != ("file" if length + 1 == len(path) else "folder"):
                raise RejectedError("kind", f"this is a {kind}", f"{here}/{name}")
        if expected not in names:
            return False
    return True


# --- Text ---------------------------------------------------------------------------------------------------------------------


def _text(data: bytes, where: str) -> str:
    """Python source, as Python itself would read it: UTF-8, with or without a mark at its start, any line ends.

    Raises:
        RejectedError: another encoding, also one that a comment asks for: Python would read another text than we do.
    """
    if b"\0" in data:
        raise RejectedError("text", "this is no text (it has zero bytes, as UTF-16 has); save it as UTF-8", where)
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        asked, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = codecs.lookup(asked).name
        text = data.decode("utf-8-sig")
    except (UnicodeDecodeError, SyntaxError):
        raise RejectedError("text", "this is no UTF-8; save it as UTF-8", where) from None
    if encoding not in ("utf-8", "utf-8-sig"):
        raise RejectedError(
            "text", f"its first lines ask for the encoding {encoding}; save it as UTF-8, without that line", where
        )
    return text
