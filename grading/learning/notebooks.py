"""A newer tour takes the place of an intern's notebook; what the intern wrote into it stays.

Notebooks are merged cell by cell, by their ids: line by line, JSON would not stay JSON. Only the standard library is needed.
"""

import json
from typing import Any

Cell = dict[str, Any]


def merge_notebook(base: bytes, mine: bytes, theirs: bytes) -> bytes:
    """The newer notebook with the intern's work: the written answer, cells that were changed, and cells that were added.

    Locked cells are the newer ones. Outputs are left out, for they belong to the older cells. A notebook that cannot be read any
    more gives nothing: then it is the newer one as it is. Cells that the newer one does not have any more go, unless the intern
    has added or changed them.
    """
    if mine == base:
        return theirs
    old, own, newer = _cells(base), _cells(mine), _cells(theirs)
    if own is None or newer is None:
        return theirs
    before = {cell.get("id"): _source(cell) for cell in old or []}
    changed = {cell.get("id"): cell for cell in own if _is_open(cell) and _source(cell) != before.get(cell.get("id"))}
    result = [_with_source(cell, changed.get(cell["id"])) for cell in newer]
    known = {cell["id"] for cell in newer}
    after = None  # the cell of the result that the intern's cell came after
    for cell in own:
        if cell.get("id") in known:
            after = cell["id"]
        elif cell.get("id") in changed:
            place = next((at + 1 for at, each in enumerate(result) if each.get("id") == after), 0)
            result.insert(place, cell | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}))
            after = cell.get("id")
    notebook = json.loads(theirs) | {"cells": result}
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _cells(notebook: bytes) -> list[Cell] | None:
    """The cells of a notebook; None if it is none."""
    try:
        cells = json.loads(notebook)["cells"]
        return [cell for cell in cells if isinstance(_source(cell), str)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _source(cell: Cell) -> str:
    return "".join(cell["source"])


def _is_open(cell: Cell) -> bool:
    """Whether an intern may write in it."""
    return bool(cell.get("metadata", {}).get("editable", True))


def _with_source(cell: Cell, mine: Cell | None) -> Cell:
    """A newer cell; with the intern's text if it is one to write in, and of the same kind."""
    if mine is None or not _is_open(cell) or mine["cell_type"] != cell["cell_type"]:
        return cell
    return cell | {"source": mine["source"]}
