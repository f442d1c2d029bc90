"""`nbgrader zip_collect step3`: answers that Moodle or Canvas collected become `submitted/<student>/step3/`.

Put what you downloaded, as it came, into `downloaded/step3/archive/`. In a submitted folder are then the module files, the
notebook, `submission.json` and `timestamp.txt`; where no module file or not the notebook could be taken, `not_collected.txt` says
why, and so do the judge and the feedback. Whatever is wrong with one student's files stops nobody else's;
`downloaded/step3/collected.csv` lists everybody.
"""

import contextlib
import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from grading.classroom.downloads import Enrolled, Skipped, Upload, find_uploads, newest_archives, newest_files, student_ids
from grading.files import write_atomically
from grading.judging.archives import MAX_PACKED, Archive
from grading.judging.intake import NOT_COLLECTED, locate, reason_of
from grading.judging.names import RejectedError, shown
from grading.manifest import Step, load_course
from grading.packing_list import MAX_NOTEBOOK, MAX_SOURCE, NAME, from_bytes

TIMESTAMP = "timestamp.txt"
"""nbgrader's own name; late penalties come from it."""

NOBODYS = {TIMESTAMP, NOT_COLLECTED}
"""What no student wrote."""

REPORT = "collected.csv"
UNLISTED = (
    "nbgrader's list of students has nobody of this name, or it is two people's: the id was made from the name; "
    "if it is the wrong one, rename the folder in submitted/ before you grade"
)
TIMELESS = "when this was handed in is not known, for Moodle's download does not say it: it counts as handed in in time"
"""Notes for the instructor."""


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What became of one student's uploads."""

    student: str
    upload: Upload
    """One of them, for its name and number."""
    files: dict[str, bytes]
    """File name -> content; empty if nothing could be taken."""
    notes: tuple[str, ...]
    """What was left out, and why."""
    is_timeless: bool = False
    """Whether nothing says if it was in time: no packing list, not the course platform, and the download is from later."""

    @property
    def taken(self) -> list[str]:
        """The names of the student's own files."""
        return [name for name in self.files if name not in NOBODYS]


def configure(c: Any) -> None:
    """For `nbgrader_config.py`: let `nbgrader zip_collect` read what Moodle and Canvas give."""
    c.ZipCollectApp.extractor_plugin = f"{__name__}.StepExtractor"
    c.ZipCollectApp.collector_plugin = f"{__name__}.StepCollector"


def collect(
    archive: Path, step: Step, enrolled: Sequence[Enrolled] = (), due: datetime | None = None
) -> tuple[Iterator[Collected], list[Skipped]]:
    """All students in a folder of downloads, by id, each read when it is asked for; and the files that are nobody's.

    `due` is the time after which answers are late: nobody is, of whom Canvas does not say so.
    """
    skipped: list[Skipped] = []
    uploads: defaultdict[tuple[str, str, str], list[Upload]] = defaultdict(list)
    for found in find_uploads(archive):
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            uploads[found.student].append(found)
    ids = student_ids(uploads, enrolled)
    order = sorted(uploads, key=lambda student: ids[student])
    listed = {each.id for each in enrolled}
    is_list = any(each.first_name or each.last_name or each.number for each in enrolled)  # not only who was graded before

    def one(student: tuple[str, str, str]) -> Collected:
        found = _collect_one(ids[student], uploads[student], step, due)
        notes = [UNLISTED] * (is_list and found.student not in listed) + [TIMELESS] * found.is_timeless
        return replace(found, notes=(*found.notes, *notes))

    return map(one, order), skipped


def _collect_one(student: str, uploads: Sequence[Upload], step: Step, due: datetime | None) -> Collected:
    """The files that count of one student, with a timestamp; or why there are none."""
    wanted = [*(f"{module}.py" for module in step.modules), f"{step.folder}.ipynb"]
    useless: list[Upload] = []  # archives with nothing that is wanted: pictures, say, beside the answers
    reasons: list[str] = []
    for packed in newest_archives(uploads, f"{step.folder}-submission.zip"):
        files, notes = _unpacked(packed, wanted, step.folder)
        if files.keys() & set(wanted):
            used = [packed]
            break
        useless.append(packed)
        reasons += notes
    else:
        loose = newest_files(uploads, [*wanted, NAME])
        files, notes = _read_loose(loose)
        used = [*loose.values()]
    if not used and not useless:
        notes.append(f"neither an archive nor any of {', '.join(wanted)} was handed in")
    notes += [f"{shown(each.file)} was left out" for each in uploads if each not in used and each not in useless]
    refused = wanted[-1] not in files and wanted[-1] in " ".join(notes)
    written = _packed(files.get(NAME, b""))
    when = _when(used or uploads, written, due)
    is_after = due is not None and max(each.when for each in uploads) > due
    is_timeless = is_after and written is None and any(each.system == "Moodle" for each in uploads)
    if files.keys() & set(wanted):
        told = " ".join(notes)
        notes += [f"{name} was not handed in" for name in wanted if name not in files and name not in told]
    else:
        files = {}
    notes = [shown(each) for each in (*reasons, *notes)]
    if refused or not files.keys() & set(wanted[:-1]):
        files[NOT_COLLECTED] = "".join(f"{note}\n" for note in notes).encode()
    files[TIMESTAMP] = when
    return Collected(student=student, upload=(used or uploads)[-1], files=files, notes=tuple(notes), is_timeless=is_timeless)


def _unpacked(upload: Upload, wanted: Sequence[str], folder: str) -> tuple[dict[str, bytes], list[str]]:
    """The wanted files in an archive, and what is wrong with it; nothing of an archive that intake would refuse."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    try:
        archive = Archive(upload.read(MAX_PACKED), upload.file)
        paths = locate(archive, wanted, folder, upload.file)
    except Exception as error:
        return {}, [_reason(upload, error)]
    beside = next(iter(paths.values()))[:-1]
    if archive.names(beside).get(NAME) == "file":
        paths[NAME] = (*beside, NAME)
    for name, path in paths.items():
        try:
            files[name] = archive.read(path, _limit(name))
        except RejectedError as error:
            notes.append(str(error))
    return files, notes


def _read_loose(uploads: Mapping[str, Upload]) -> tuple[dict[str, bytes], list[str]]:
    """The content of files that were handed in without an archive, and what is wrong with some."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    for name, upload in uploads.items():
        try:
            files[name] = upload.read(_limit(name))
        except Exception as error:
            notes.append(_reason(upload, error))
    return files, notes


def _reason(upload: Upload, error: Exception) -> str:
    """Why a file cannot be taken, whatever an enemy's bytes made its reader raise; without a student's name or a path."""
    file = shown(upload.file)
    if isinstance(error, RejectedError):
        return f"{error.where if error.where.startswith(file) else file}: {error.message}"
    return f"{file}: this file is damaged ({type(error).__name__}); download it again, or ask for it again"


def _limit(name: str) -> int:
    return MAX_NOTEBOOK if name.endswith(".ipynb") else MAX_SOURCE


def _packed(packing_list: bytes) -> datetime | None:
    """When a submission was packed, as its author says; None if nobody says so."""
    listed = from_bytes(packing_list)
    with contextlib.suppress(ValueError, OverflowError):
        packed = None if listed is None else datetime.fromisoformat(listed.packed)
        return None if packed is None or packed.tzinfo is None else packed.astimezone(UTC)
    return None


def _when(uploads: Sequence[Upload], packed: datetime | None, due: datetime | None) -> bytes:
    """For `timestamp.txt`: when it was packed, unless the download says earlier, or Canvas late.

    All files in a download have the time of the download: Moodle (`files/classes/local/archive_writer/zip_writer.php`) and Canvas
    (`lib/content_zipper.rb`) write no other. Canvas tells who was late, and whoever was not has at most the due date; so has, in
    Moodle, a student of whom nothing is known.
    """
    when = max(each.when for each in uploads)
    is_late = any(each.late for each in uploads)
    if packed is not None and not is_late:
        when = min(when, packed)
    if due is not None and not is_late and (packed is None or all(each.system == "Canvas" for each in uploads)):
        when = min(when, due)
    return f"{when:%Y-%m-%d %H:%M:%S} UTC\n".encode()


def report(collected: Sequence[Collected], skipped: Sequence[Skipped]) -> str:
    """A table of everybody, and of the files that are nobody's; no cell of it is a formula for a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("student", "name", "system", "number", "late", "files", "notes"))
    for each in collected:
        upload = each.upload
        values = (each.student, upload.name, upload.system, upload.number, "late" if upload.late else "")
        table.writerow([_harmless(value) for value in (*values, " ".join(each.taken), reason_of(each.notes))])
    for skip in skipped:
        table.writerow(["", "", "", "", "", "", _harmless(f"{skip.where}: {skip.reason}")])
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{shown(cell)}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else shown(cell)


# --- For nbgrader ---------------------------------------------------------------------------------------------------------------


class StepExtractor(ExtractorPlugin):
    """Puts what counts of each student's uploads into a folder of her own: `extracted/<student>/models.py`."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """As in nbgrader; nothing is unpacked to a path that an archive names."""
        app: Any = self.parent
        try:
            step = load_course().find_step(app.coursedir.assignment_id)
        except KeyError as error:
            app.fail(error.args[0])
        collected, skipped = collect(Path(archive_path), step, _enrolled(app), _due(app))
        everybody: list[Collected] = []
        for each in collected:
            everybody.append(replace(each, files=dict.fromkeys(each.files, b"")))  # ten thousand notebooks fit into no memory
            folder = Path(extracted_path, each.student)
            folder.mkdir(parents=True)
            for name, content in each.files.items():
                (folder / name).write_bytes(content)
            for note in each.notes:
                self.log.warning("%s: %s", each.student, note)
            if not each.taken:
                self.log.error("%s: nothing was collected", each.student)
        for skip in skipped:
            self.log.warning("skipped %s: %s", skip.where, skip.reason)
        if others := _others(app, step.folder, {each.student for each in everybody}):
            self.log.warning(
                "in submitted/ from before, and nobody's in this download: %s; who has another id now is there twice: "
                "delete the older folder",
                ", ".join(others),
            )
        table = Path(extracted_path).with_name(REPORT)
        write_atomically(table, report(everybody, skipped).encode())
        if _due(app) is None:
            self.log.info(
                "%s has no due date yet: times here are the download's where nobody says another; if you set one later, collect "
                "again with --force",
                step.folder,
            )
        failed = sum(not each.taken for each in everybody)
        self.log.info("%d students, nothing from %d of them, %d files skipped: %s", len(everybody), failed, len(skipped), table)


def _others(app: Any, folder: str, collected: Set[str]) -> list[str]:
    """Whose folders of a step there are besides those that are collected now."""
    one = Path(app.coursedir.format_path(app.coursedir.submitted_directory, "anybody", folder))
    found = one.parents[1].glob(f"*/{folder}")
    return sorted(shown(path.parent.name) for path in found if path.is_dir() and path.parent.name not in collected)


def _has_gradebook(app: Any) -> bool:
    """To ask a database file that is not there would make it."""
    file = app.coursedir.db_url.removeprefix("sqlite:///")
    return file == app.coursedir.db_url or Path(file).exists()


def _due(app: Any) -> datetime | None:
    """After which time answers are late, as the gradebook says (`nbgrader db assignment add … --duedate`)."""
    if not _has_gradebook(app):
        return None
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        due = {each.name: each.duedate for each in gradebook.assignments}.get(app.coursedir.assignment_id)
        return None if due is None else due.replace(tzinfo=UTC)


def _enrolled(app: Any) -> list[Enrolled]:
    """The students whose names or numbers the gradebook knows (`nbgrader db student import`), if a folder can have their ids."""
    if not _has_gradebook(app):
        return []
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        everybody = [
            Enrolled(
                id=str(each.id),
                first_name=_text(each.first_name),
                last_name=_text(each.last_name),
                number=_text(each.lms_user_id),
            )
            for each in gradebook.students
        ]
    unfit = {each.id for each in everybody if "/" in each.id or each.id in ("", ".", "..")}
    for name in sorted(unfit):
        app.log.error(
            "nbgrader's list of students has the id %s, which no folder can have; import this student under another one",
            shown(name),
        )
    return [each for each in everybody if each.id not in unfit]


def _text(value: object) -> str:
    return "" if value is None else str(value)


class StepCollector(FileNameCollectorPlugin):
    """Takes each file in `extracted/<student>/`; what is in `submitted/` stays but for --force, if answers take its place."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """As in nbgrader: whose a file is, and its name."""
        app: Any = self.parent
        path = Path(submitted_file)
        student = path.parent.name
        there = Path(app.coursedir.format_path(app.coursedir.submitted_directory, student, app.coursedir.assignment_id))
        before, now = ({each.name for each in folder.iterdir()} if folder.is_dir() else set() for folder in (there, path.parent))
        say = self.log.warning if path.name == TIMESTAMP else self.log.debug  # once for each student
        if before and not app.force:
            say("%s was collected before and stays as it is; --force collects anew", student)
            return None
        if before - NOBODYS and not now - NOBODYS:
            say("%s: nothing was collected, so what is in submitted/ stays as it is", student)
            return None
        return {"student_id": student, "file_id": path.name}
