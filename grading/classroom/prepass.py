"""A clean notebook for nbgrader: the released one, with the answers that were written into it.

What was handed in is only read. A duplicated cell makes nbgrader give up on the whole class, a missing notebook makes it forget
the student, and one that is no notebook ends with a traceback; so none of it goes in, and what was found is told in plain words.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from grading.judging.archives import read_file
from grading.judging.intake import MAX_REASONS, NOT_COLLECTED, reason_of
from grading.judging.names import RejectedError

MAX_NOTEBOOK = 100 * 10**6
"""Bytes; nbgrader collects no larger ones, either."""
MAX_ANSWER = 50_000
"""Characters of a written answer."""
MAX_PICTURES = 5 * 10**6
"""Characters of all pictures in a written answer, as they stand in the notebook."""
PICTURES = ("image/png", "image/jpeg", "image/gif")

Notebook = Any
"""An nbformat.NotebookNode, for which there are no types."""


class _Metadata(msgspec.Struct):
    nbgrader: Any = None


class _Cell(msgspec.Struct):
    """What we read of a cell; its outputs are skipped, however long."""

    cell_type: str = ""
    source: str | list[str] = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    attachments: dict[str, dict[str, str | list[str]]] = msgspec.field(default_factory=dict)

    @property
    def text(self) -> str:
        """As its author saw it."""
        return self.source if isinstance(self.source, str) else "".join(self.source)

    @property
    def grade_id(self) -> str:
        """Its name for nbgrader; empty if it has none."""
        return str(self.nbgrader.get("grade_id", ""))

    @property
    def nbgrader(self) -> dict[str, Any]:
        """What nbgrader keeps about it."""
        return self.metadata.nbgrader if isinstance(self.metadata.nbgrader, dict) else {}


class _NotebookMetadata(msgspec.Struct):
    kernelspec: Any = None


class _Submitted(msgspec.Struct):
    cells: list[_Cell]
    metadata: _NotebookMetadata = msgspec.field(default_factory=_NotebookMetadata)

    @property
    def kernel(self) -> str:
        """The name of the kernel that it was saved for."""
        return str(self.metadata.kernelspec.get("name", "")) if isinstance(self.metadata.kernelspec, dict) else ""


@dataclass(frozen=True)
class Clean:
    """A notebook that nbgrader can work on."""

    notebook: Notebook
    findings: tuple[str, ...] = ()
    """What was not as it should be in the one that was handed in, in plain words; for the student, too."""
    unread: bool = False
    """There may be written answers that could not be read: somebody has to look for them."""


def rebuild(released: Notebook, folder: Path, name: str) -> Clean:
    """The released notebook with the answers from the notebook `name` (`step3.ipynb`) in a folder that was handed in."""
    path, findings = find_notebook(folder, name)
    if path is None and (reason := _not_collected(folder, name)):
        said = f"{name} was handed in, and could not be collected ({reason})"
        said += "; so no written answer was found, and somebody has to look into the file"
        return Clean(copy.deepcopy(released), (said,), unread=True)
    if path is None:
        return Clean(copy.deepcopy(released), tuple(findings))
    try:
        submitted = read_notebook(path)
    except ValueError as error:
        findings.append(f"{error}; so no written answer was found, and somebody has to look into the file")
        return Clean(copy.deepcopy(released), tuple(findings), unread=True)
    notebook = copy.deepcopy(released)
    findings += compare(notebook, submitted)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            findings += _take_over(
                cell, [given for given in submitted.cells if given.grade_id == cell.metadata.nbgrader.grade_id]
            )
    return Clean(notebook, tuple(findings))


def find_notebook(folder: Path, name: str) -> tuple[Path | None, list[str]]:
    """The notebook that was handed in under its name, or else the only one that there is; and what is to be said about it."""
    try:
        there = sorted(path for path in folder.glob("*.ipynb") if path.is_file() and not path.is_symlink())
    except OSError:
        there = []
    exact = [path for path in there if path.name == name]
    if exact:
        return exact[0], []
    if len(there) == 1:
        return there[0], [f"There is no {name}; {_shown(there[0].name)} was read in its place"]
    others = f": there are {', '.join(_shown(path.name) for path in there[:5])}, and none is called {name}" if there else ""
    return None, [f"No notebook {name} was handed in{others}; points come from the .py files, written answers are missing"]


def _not_collected(folder: Path, name: str) -> str:
    """Why collecting left the notebook `name` out; empty if it did not."""
    try:
        notes = read_file(folder / NOT_COLLECTED, MAX_REASONS).decode(errors="replace").splitlines()
    except RejectedError:
        return ""
    return reason_of(note for note in notes if name in note)


def read_notebook(path: Path) -> _Submitted:
    """What we need of a notebook.

    Raises:
        ValueError: it is too large, or no notebook; the text says which.
    """
    try:
        if (size := path.stat().st_size) > MAX_NOTEBOOK:
            raise ValueError(f"The notebook has {size / 1e6:.0f} MB, and more than {MAX_NOTEBOOK / 1e6:.0f} MB are not read")
        return msgspec.json.decode(path.read_bytes(), type=_Submitted, strict=False)
    except msgspec.ValidationError:
        raise ValueError("The notebook is JSON, but no notebook of version 4") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("The notebook is broken: it is no JSON (was it saved half-way?)") from None
    except OSError as error:
        raise ValueError(f"The notebook cannot be read ({error.strerror})") from None


def compare(released: Notebook, submitted: _Submitted) -> Iterator[str]:
    """What was done to cells that are not the student's to change. None of it counts; it is said so that nobody wonders."""
    given: dict[str, list[_Cell]] = {}
    for cell in submitted.cells:
        given.setdefault(cell.grade_id, []).append(cell)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if "nbgrader" in cell.metadata}
    yield from _sentence("handed in more than once; counted once", [name for name in cells if len(given.get(name, [])) > 1])
    yield from _sentence("deleted; put back", [name for name in cells if name not in given])
    pairs = [(name, cell, each) for name, cell in cells.items() for each in given.get(name, [])]
    edited = {name: each for name, cell, each in pairs if not cell.metadata.nbgrader.solution and each.text != cell.source}
    points = {name: each for name, cell, each in pairs if _points(each) != _own_points(cell)}
    earlier = {name for name, each in (edited | points).items() if _is_as_released(each, cells[name])}
    yield from _sentence("edited, although locked; the released text counts", [name for name in edited if name not in earlier])
    yield from _sentence(
        "handed in with other points; the released points count", [name for name in points if name not in earlier]
    )
    if earlier:
        yield "The notebook is of an earlier release of this step; the text and the points of the present one count"
    kernel, wanted = submitted.kernel, released.metadata.get("kernelspec", {}).get("name", "")
    if kernel != wanted:
        yield f"The notebook was saved for the kernel {_shown(kernel) or '(none)'}, not {wanted}; nothing of it is run here"


def _take_over(cell: Notebook, answers: Sequence[_Cell]) -> Iterator[str]:
    """Put what was written for a cell into it; yields what is to be said about that."""
    untouched = cell.source
    texts = [text for text in dict.fromkeys(answer.text for answer in answers) if text.strip() and text != untouched]
    if not texts:
        return
    text = "\n\n---\n\n".join(texts).encode("utf-8", "replace").decode()
    if len(texts) > 1:
        yield f"The answer {cell.metadata.nbgrader.grade_id} was given {len(texts)} times; all stand there, one after the other"
    if len(text) > MAX_ANSWER:
        yield f"The answer {cell.metadata.nbgrader.grade_id} has {len(text)} characters; the first {MAX_ANSWER} are shown"
    cell.source = text[:MAX_ANSWER]
    if cell.cell_type != "markdown":
        return
    pictures, left_out = _pictures(answers)
    if pictures:
        cell.attachments = pictures
    if left_out:
        yield f"{left_out} attachments of {cell.metadata.nbgrader.grade_id} are left out: too large, or no pictures"


def _pictures(answers: Sequence[_Cell]) -> tuple[dict[str, dict[str, str]], int]:
    """The pictures in some answers, and how many attachments were left out."""
    pictures: dict[str, dict[str, str]] = {}
    left_out, size = 0, 0
    for name, kinds in ((name, kinds) for answer in answers for name, kinds in answer.attachments.items()):
        texts = {kind: "".join(data) for kind, data in kinds.items() if kind in PICTURES}
        length = sum(map(len, texts.values()))
        if not texts or size + length > MAX_PICTURES:
            left_out += 1
            continue
        size += length
        pictures[name] = texts
    return pictures, left_out


def _is_as_released(cell: _Cell, released: Notebook) -> bool:
    """Whether nbgrader's own digest in a cell is that of its text and points: then they were released like this, once.

    Whoever makes such a digest is told another sentence, and gets nothing else by it.
    """
    text = (released.source if released.metadata.nbgrader.solution else cell.text).encode("utf-8", "replace").decode()
    own = {"grade_id": cell.grade_id, "points": _points(cell) or 0.0}
    own |= {name: bool(cell.nbgrader.get(name)) for name in ("grade", "solution", "locked")}
    node = NotebookNode(cell_type=cell.cell_type, source=text, metadata=NotebookNode(nbgrader=NotebookNode(own)))
    return bool(compute_checksum(node) == cell.nbgrader.get("checksum"))


def _points(cell: _Cell) -> float | None:
    points = cell.nbgrader.get("points")
    try:
        return float(points) if isinstance(points, (int, float)) else None
    except OverflowError:  # JSON's numbers may have any length
        return None


def _own_points(cell: Notebook) -> float | None:
    points = cell.metadata.nbgrader.get("points")
    return None if points is None else float(points)


def _sentence(what: str, names: Sequence[str]) -> Iterator[str]:
    """One sentence about some cells; none if there are none."""
    if names:
        yield f"Cell{'s' * (len(names) > 1)} {', '.join(names[:6])}{' …' * (len(names) > 6)}: {what}"


def _shown(text: str) -> str:
    """A name that somebody handed in, fit for a sentence."""
    return "".join(c if c.isprintable() and c not in "`*_[]<>" else "?" for c in text[:80])
