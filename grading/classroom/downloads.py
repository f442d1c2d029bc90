"""What Moodle and Canvas give an instructor who downloads all answers: whose each file is, and which ones count.

Both put the student into the names of folders or files, Moodle as in `mod/assign/classes/downloader.php`, Canvas as in
`lib/content_zipper.rb`. A student's file is never unpacked here, and no path in an archive ever becomes a path on disk.
"""

import os
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from grading.judging.archives import read_file
from grading.judging.intake import ARCHIVES, LITTER
from grading.judging.names import RejectedError, shown

MOODLE = re.compile(r"(?P<name>.*?)_(?P<number>\d+)_assignsubmission_file(?:_(?P<file>.*))?", re.DOTALL)
"""`Doe Jane_12345_assignsubmission_file_` is a folder, `Doe Jane_12345_assignsubmission_file_models.py` a file."""

CANVAS = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
"""`doejane_LATE_12345_67890_models.py`."""

CANVAS_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<name>anon)_(?P<number>\w+?)_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL)
TYPED = re.compile(r"_\d+_assignsubmission_(?!file)[a-z]+|_\d+_text\.html$")
"""What is no file: Moodle's folder `Doe Jane_12345_assignsubmission_onlinetext_`, and `doejane_12345_text.html` in Canvas."""

AGAIN = re.compile(r"(?P<stem>.+?)(?:-| ?\()(?P<count>\d{1,3})\)?", re.DOTALL)
"""`models-1.py`: Canvas's name for what was handed in a second time; `models (1).py`: a browser's for a second download."""

NOT_IN_MOODLE = re.compile(r"""[\x00-\x1f\x7f&<>"`|':\\/]""")
"""What Moodle leaves out of a name that becomes a folder's (`PARAM_FILE` in `clean_param`): `O'Neil` is `ONeil` there."""

MAX_UPLOADS = 100_000
UNKNOWN = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file of one student."""

    system: Literal["Moodle", "Canvas"]
    name: str
    """The student's, as the system writes it."""
    number: str
    """The student's in Canvas; in Moodle that of the student in this very assignment ("Participant 12345")."""
    file: str
    """As the student called it."""
    attachment: int = 0
    """Grows with time; Canvas only."""
    late: bool = False
    """Canvas only; Moodle does not say."""
    where: str = ""
    when: datetime = UNKNOWN
    """Of the file in the download: it was handed in then, or before."""
    read: Callable[[int], bytes] = bytes
    """Its content, if it is no longer than a limit; it raises whatever an enemy's bytes make a reader raise."""

    @property
    def student(self) -> tuple[str, str, str]:
        """Whose it is."""
        return self.system, self.name, self.number

    @property
    def again(self) -> tuple[str, int]:
        """Its name without a count, and the count: `models.py`, 1 for `models-1.py`."""
        stem, dot, suffix = self.file.rpartition(".")
        found = AGAIN.fullmatch(stem)
        return (f"{found['stem']}{dot}{suffix}", int(found["count"])) if found else (self.file, 0)


@dataclass(frozen=True)
class Skipped:
    """A file that is nobody's answer, or cannot be read."""

    where: str
    reason: str


def _nobodys(where: str, parts: Sequence[str]) -> Skipped:
    """A file that is nobody's, and why."""
    if any(TYPED.search(part) for part in parts):
        return Skipped(where, "this was typed into the page, or is a comment; only files are collected")
    return Skipped(where, "its name is none that Moodle or Canvas give to a student's file")


def parse(parts: Sequence[str]) -> Upload | None:
    """Whose the file of a path is: by the outermost name that Moodle gave, so that nobody's own folders speak for others."""
    for place, part in enumerate(parts):
        if (found := MOODLE.fullmatch(part)) and bool(found["file"]) == (place + 1 == len(parts)):
            return Upload(system="Moodle", name=found["name"], number=found["number"], file=found["file"] or parts[-1])
    if not parts or not (found := CANVAS_ANONYMOUS.fullmatch(parts[-1]) or CANVAS.fullmatch(parts[-1])):
        return None
    name, number, file, attachment = (found[key] for key in ("name", "number", "file", "attachment"))
    return Upload(system="Canvas", name=name, number=number, file=file, attachment=int(attachment[:18]), late=bool(found["late"]))


# --- Reading a folder of downloads ----------------------------------------------------------------------------------------------


def find_uploads(folder: Path) -> Iterator[Upload | Skipped]:
    """All files of students in downloads: archives as they came, or unpacked, in the order of their names."""
    for base, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(base, file)
            parts = path.relative_to(folder).parts
            where = shown("/".join(parts))
            if _is_litter(parts):
                continue
            if len(parts) == 1 and _may_be_a_whole_class(path):
                yield Skipped(
                    where, "this may be one student's archive or the whole class's: if it is the class's, rename it (class.zip)"
                )
            elif (upload := parse(parts)) is not None:
                when = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                yield replace(upload, where=where, when=when, read=partial(_read_whole, path))
            elif len(parts) == 1 and file.lower().endswith(".zip"):
                yield from _in_archive(path, where)
            else:
                yield _nobodys(where, parts)


def _is_litter(parts: Sequence[str]) -> bool:
    """What systems put beside files; never what may be a student's."""
    return parts[-1] == ".DS_Store" or parts[-1].startswith("._") or any(part in LITTER for part in parts)


def _may_be_a_whole_class(path: Path) -> bool:
    """Whether an archive is called as a student's in Canvas, and its files as Moodle calls a class's.

    Moodle begins the name with the course's, which may be `ML_2026_27_CV`. Only a human may decide: a student could pack files in
    the names of others.
    """
    if path.suffix.lower() != ".zip" or parse((path.name,)) is None:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(MOODLE.fullmatch(part) for name in archive.namelist()[:MAX_UPLOADS] for part in name.split("/"))
    except Exception:  # whatever a parser makes of broken bytes: it will be told of when it is read
        return False


def _read_whole(path: Path, limit: int) -> bytes:
    return read_file(path, limit)


def _in_archive(path: Path, where: str) -> Iterator[Upload | Skipped]:
    """The students' files in an archive as Moodle or Canvas made it; those of 300 students stay on disk until they are read."""
    try:
        archive = zipfile.ZipFile(path)
        members = archive.infolist()
    except Exception as error:  # whatever a parser makes of broken bytes
        yield Skipped(where, f"this archive is damaged ({type(error).__name__}); download it again")
        return
    if len(members) > MAX_UPLOADS:
        yield Skipped(where, f"more than {MAX_UPLOADS} files")
        return
    for member in sorted(members, key=lambda member: member.filename):
        parts = [part for part in member.filename.split("/") if part]
        inside = shown(f"{where}/{member.filename}")
        if member.is_dir() or not parts or _is_litter(parts):
            continue
        if (upload := parse(parts)) is not None:
            yield replace(upload, where=inside, when=_when(member, path), read=partial(_read_member, archive, member))
        else:
            yield _nobodys(inside, parts)


def _when(member: zipfile.ZipInfo, path: Path) -> datetime:
    """Archives have local times, and 1980 for none; then the archive's own time is all that is known."""
    if member.date_time[0] > 1980:
        try:
            return datetime(*member.date_time).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            pass
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(member) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise RejectedError("size", f"more than {limit} bytes", member.filename)
    return data


# --- What counts ----------------------------------------------------------------------------------------------------------------


def newest_archives(uploads: Collection[Upload], wanted_name: str) -> list[Upload]:
    """The archives, the one that counts first: the newest; of those the one of the name that `workshop submit` gives."""

    def order(upload: Upload) -> tuple[int, bool, int, datetime, str]:
        name, count = upload.again
        return upload.attachment, name == wanted_name, count, upload.when, upload.where

    return sorted((each for each in uploads if each.file.lower().endswith(ARCHIVES)), key=order, reverse=True)


def newest_files(uploads: Iterable[Upload], wanted: Collection[str]) -> dict[str, Upload]:
    """Wanted file -> the newest upload of it."""
    ordered: list[tuple[int, int, datetime, str, str, Upload]] = []
    for each in uploads:
        name, count = (each.file, 0) if each.file in wanted else each.again
        if name in wanted:
            ordered.append((each.attachment, count, each.when, each.where, name, each))
    return {name: upload for *_, name, upload in sorted(ordered, key=lambda entry: entry[:-1])}


# --- Who is who -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """A student as the gradebook has her, if she was imported into it."""

    id: str
    first_name: str = ""
    last_name: str = ""
    number: str = ""
    """In Canvas (`lms_user_id`)."""


def student_ids(
    students: Collection[tuple[str, str, str]], enrolled: Sequence[Enrolled] = ()
) -> Mapping[tuple[str, str, str], str]:
    """(system, name, number) -> id: the gradebook's by Canvas's number or by the name; else made from the name.

    Canvas's number is part of the id. Moodle's is another one in each assignment, so it is used only where two share a name.
    """
    slugs, keys = (Counter(same(name) for _, name, _ in students) for same in (slug, _key))
    by_number: defaultdict[str, list[str]] = defaultdict(list)
    by_name: defaultdict[str, list[Enrolled]] = defaultdict(list)
    for each in enrolled:
        by_number[each.number].append(each.id)
        for key in _keys(each):
            by_name[key].append(each)
    others = {each.id for each in enrolled if _keys(each)}
    ids: dict[tuple[str, str, str], str] = {}
    taken: set[str] = set()
    for student in sorted(students):
        system, name, number = student
        found = by_number[number] if system == "Canvas" and number else []
        if len(found) != 1:
            namesakes = by_name[_key(name)] if keys[_key(name)] == 1 else []
            found = [each.id for each in namesakes if system != "Canvas" or each.number in ("", number)]
        if len(found) == 1 and found[0] not in taken:
            chosen = found[0]
        else:
            chosen = slug(name) if system == "Moodle" and slugs[slug(name)] == 1 else f"{slug(name)}-{slug(number)}"
            while chosen in others or chosen in taken:
                chosen += f"-{slug(number)}"
        ids[student] = chosen
        taken.add(chosen)
    return ids


def slug(name: str) -> str:
    """A name as a folder may be called everywhere: letters and digits of any writing, in small letters, the rest as hyphens."""
    return "-".join(_words(name))[:50].strip("-") or "student"


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKC", name).lower()
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split()


def _key(name: str) -> str:
    """Equal for `Doe Jane` and `Jane Doe`."""
    return " ".join(sorted(_words(name)))


def _keys(student: Enrolled) -> set[str]:
    """What a name may look like: Moodle's words in any order, its signs left out, Canvas's last and first name in one word."""
    first, last = student.first_name or "", student.last_name or ""
    if not (first + last).strip():
        return set()
    words = f"{first} {last}"
    in_moodle = _key(NOT_IN_MOODLE.sub("", words).replace("_", " "))
    return {_key(words), in_moodle, re.sub(r"\W", "", f"{last}{first}".lower()), re.sub(r"\W", "", f"{first}{last}".lower())}
