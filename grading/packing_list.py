"""`submission.json`: what `workshop submit` writes into an archive about the files in it, and intake compares on arrival.

Whoever hands in can write whatever he likes into it. So it gives nobody a point and takes none; it only explains what has become
of an answer on its way.
"""

import re
from pathlib import Path

import msgspec

NAME = "submission.json"
MAX_SOURCE = 256 * 2**10
"""Bytes of one file of an answer; the longest of the course has 20,000."""

MAX_NOTEBOOK = 5 * 2**20
"""Bytes of a notebook; an empty one has 10,000, pictures make it grow."""


class PackingList(msgspec.Struct, frozen=True, kw_only=True):
    """What was packed, when, and with what."""

    schema: int = 1
    step: str
    """`step3`."""
    course: str = ""
    """Version of the course that the exercises came from."""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    """Of Python, torch, …, for those who wonder about a difference."""
    packed: str = ""
    """When, in UTC: `2026-11-24T17:40:00+00:00`."""
    files: dict[str, str]
    """File name -> SHA-256 of its bytes."""


def to_bytes(packing_list: PackingList) -> bytes:
    """As it stands in its file."""
    return msgspec.json.format(msgspec.json.encode(packing_list, order="deterministic"), indent=1) + b"\n"


def from_bytes(data: bytes) -> PackingList | None:
    """What a file says; None if it is no packing list."""
    try:
        return msgspec.json.decode(data, type=PackingList, strict=True)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def course_version(root: Path) -> str:
    """The version of the course in a repository or handout; empty if it does not say."""
    try:
        text = (root / "handwriting_workshop" / "__init__.py").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r'__version__ = "([^"]+)"', text)
    return found[1] if found else ""
