"""The secret of a course: hidden tests draw their inputs from it, and results are sealed with it. It never enters a box."""

import hashlib
import os
import secrets
from pathlib import Path

KEY_FILE = Path(__file__).parents[1] / "course" / "course.key"
PUBLIC = "public"
"""Stands for a secret where there is none: everybody can know the inputs, and write results."""
MAX_KEY = 4096
"""Characters."""


def key_here() -> Path | None:
    """The file of a course in whose folder a command is typed, as a section's is; None if there is none, or it is `KEY_FILE`."""
    here = Path(KEY_FILE.name)
    return here if here.is_file() and not (KEY_FILE.exists() and here.samefile(KEY_FILE)) else None


def read_key(path: Path | None = None) -> str:
    """The course's secret: from a file, from `grading/course/course.key` if no file is named, or `PUBLIC` if that is not there.

    Raises:
        OSError: the file that is named cannot be read.
        ValueError: there is nothing in it, or no line of text.
    """
    if path is None and not KEY_FILE.exists():
        return PUBLIC
    path = path or KEY_FILE
    try:
        with path.open(encoding="utf-8") as file:
            key = file.read(MAX_KEY + 1).strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text: the course's secret is a line that nobody can guess") from None
    if len(key) > MAX_KEY or "\0" in key:
        raise ValueError(f"{path} is no key: the course's secret is a line of at most {MAX_KEY} characters")
    if not key:
        raise ValueError(f"{path} is empty: put the course's secret there, a line that nobody can guess")
    return key


def make_key(path: Path = KEY_FILE) -> str:
    """The secret in a file; one that nobody can guess is written, for our eyes only, if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    return read_key(path)


def seal_key(key: str) -> bytes:
    """What results are sealed with; nothing for `PUBLIC`. Made from the secret, which a seal must not give away."""
    return b"" if key == PUBLIC else hashlib.sha256(f"seal of results {key}".encode()).digest()
