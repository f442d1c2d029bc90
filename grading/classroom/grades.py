"""A table of grades, whether it comes from judged results or from nbgrader's gradebook, in the formats of other systems.

A field without a grade is empty, never 0: the judge itself failed, or a human has not graded yet. Texts that a spreadsheet would
take for a formula (=, +, -, @ at the beginning) get an apostrophe in front of them.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.classroom.class_results import ClassResults, Judged, why
from grading.files import write_atomically
from grading.judging.names import shown
from grading.judging.results import TestResult, printable
from grading.manifest import Step

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
IDENTITY = {
    "canvas": ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Student"),
    "moodle": ("Username", "ID number", "Email address", "Identifier"),
}
"""Columns of a platform's own list of students by which a student is found."""
IDENTITY_HERE = {"canvas": "SIS Login ID", "moodle": "Username"}
"""Where our own id stands if there is no such list."""

KEPT = {
    "canvas": ("Student", "LastName", "FirstName", *IDENTITY["canvas"][:3], "Section"),
    "moodle": ("First name", "Last name", *IDENTITY["moodle"]),
}
"""Columns of that list that go back, in this order; Canvas refuses a header in which one is missing that it knows by its place
(`lib/gradebook_importer.rb`)."""

FEW = 5
"""Students that are named where there are more of them."""


class ClassListError(ValueError):
    """A list of students that cannot be used; the text says what it must be."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A column of points."""

    name: str
    out_of: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One student's grades."""

    student: str
    points: dict[str, float | None]
    """Question -> points; None where there is no grade."""
    total: float | None
    """After what is taken off; None as long as a question has no grade."""
    state: str
    note: str = ""
    taken_off: float = 0.0
    """Points, for handing in late."""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    platform_id: str = ""
    """The student's number in the course platform."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Question -> what its author is told."""
    unsolved: frozenset[str] = frozenset()
    """Questions in which not every test passed: of an optional one, points do not tell."""

    @property
    def full_name(self) -> str:
        """`Last, First`, or what the student is called here."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.student


@dataclass(frozen=True, kw_only=True)
class Grades:
    """The grades of one assignment."""

    assignment: str
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]

    @property
    def out_of(self) -> float:
        """Points that can be had."""
        return sum(question.out_of for question in self.questions)


def grades_of(results: ClassResults, step: Step) -> Grades:
    """The grades that were judged; a column for each exercise."""
    questions = tuple(Question(name=exercise.id, out_of=exercise.points) for exercise in step.exercises)
    return Grades(assignment=step.folder, questions=questions, rows=tuple(_row(student, step) for student in results.students))


def _row(student: Judged, step: Step) -> Row:
    result, exercises = student.result, student.exercises
    without = None if result.state == "infra_error" else 0.0
    return Row(
        student=result.name,
        points={each.id: exercises[each.id].points if each.id in exercises else without for each in step.exercises},
        total=result.points,
        state=result.state,
        note=why(result),
        outputs={
            exercise.id: "\n".join(
                [*exercise.feedback, *([exercise.fault] if exercise.fault else []), *map(told, exercise.tests)]
            )
            for exercise in result.exercises
        },
        unsolved=frozenset(
            each.id
            for each in step.exercises
            if each.id not in exercises or any(test.outcome != "passed" for test in exercises[each.id].tests)
        ),
    )


def told(test: TestResult) -> str:
    """A test in words: `failed  test_models.py::test_shape: 8 images gave …`. A hidden one's name would tell what it asks."""
    file, _, _ = test.id.partition("::")
    name = "a hidden test on random input" if file.removesuffix(".py").endswith("_hidden") else test.id
    return f"{test.outcome:<7} {name}{': ' if test.message else ''}{test.message}"


# --- CSV ----------------------------------------------------------------------------------------------------------------------


def per_question_csv(tables: Sequence[Grades]) -> str:
    """One row per student and assignment, a column per question; of several assignments, all questions side by side."""
    questions = list(dict.fromkeys(question.name for grades in tables for question in grades.questions))
    several = len(tables) > 1
    header = ["student", "last_name", "first_name", *questions, "late_penalty", "total", "out_of", "state", "note"]
    rows: list[list[str]] = [["assignment", *header] if several else header]
    for grades in tables:
        for row in grades.rows:
            cells = [row.student, row.last_name, row.first_name, *(number(row.points.get(name)) for name in questions)]
            cells += [number(row.taken_off), number(row.total), number(grades.out_of), row.state, row.note]
            rows.append([grades.assignment, *cells] if several else cells)
    return as_csv(rows)


def platform_csv(platform: str, tables: Sequence[Grades], class_list: str = "") -> tuple[str, list[str]]:
    """The file that Canvas or Moodle takes, and the students that are missing in it.

    Those are whom the platform's list lacks, and two of ours who are one person there.

    Canvas: what its gradebook exports, one column per assignment, below it the points that can be had. Moodle: a column by which
    a student is found, and one per assignment; which is which is chosen when it is imported. With a class list (the CSV that the
    platform exports) a student is whose number, login, e-mail address or name there is our id, or else the gradebook's number or
    e-mail address; its columns go back as they came.

    Raises:
        ClassListError: the list has none of the columns by which a student can be found.
    """
    people = _people(platform, tables) if not class_list else _listed(platform, class_list)
    given = people[0] if people else {}
    columns = [
        name for name in KEPT[platform] if name in given and (class_list or platform == "canvas" or _is_used(people, name))
    ]
    if class_list and not any(name in columns for name in IDENTITY[platform]):
        raise ClassListError(
            f"the class list needs one of the columns {', '.join(IDENTITY[platform])}, named in English, and students; "
            f"it has {', '.join(given) or 'none'}"
        )
    headers = {grades.assignment: _header(grades.assignment, people) for grades in tables}
    rows = [[*columns, *headers.values()]]
    if platform == "canvas":
        rows.append(["    Points Possible", *[""] * (len(columns) - 1), *(number(grades.out_of) for grades in tables)])
    claims: dict[tuple[int, str], list[Row]] = defaultdict(list)
    own = {} if class_list else {person[IDENTITY_HERE[platform]]: place for place, person in enumerate(people)}
    unknown = []
    for grades in tables:
        for row in grades.rows:
            place = _place(people, row, IDENTITY[platform]) if class_list else own[row.student]
            if place is None:
                unknown.append(row.student)
            else:
                claims[place, grades.assignment].append(row)
    points: dict[int, dict[str, float | None]] = defaultdict(dict)
    for (place, assignment), ours in claims.items():
        handed_in = [row for row in ours if row.state != "not_handed_in"] or ours[:1]  # an older id of hers has nothing
        if len(handed_in) == 1:
            points[place][assignment] = handed_in[0].total
        else:
            unknown += [row.student for row in handed_in]
    for place, totals in sorted(points.items()):
        cells = [people[place].get(name, "") for name in columns]
        rows.append([*cells, *(number(totals.get(grades.assignment)) for grades in tables)])
    return as_csv(rows), list(dict.fromkeys(unknown))


def _is_used(people: Sequence[dict[str, str]], column: str) -> bool:
    return any(person[column] for person in people)


def tell_left_out(students: Sequence[str], class_list: Path | str, out: Path) -> str:
    """Who has no row in the file `out`, because the platform's list lacks them, in one line; of many, all in a file beside it.

    Empty if there is nobody.

    Raises:
        OSError: that file could not be written.
    """
    path = out.with_name(f"{out.stem}_left_out.txt")
    names = sorted(map(shown, students))
    first = ", ".join(names[:FEW])
    if len(names) > FEW:
        write_atomically(path, "".join(f"{name}\n" for name in names).encode())
        first += f", …; all of them: {path}"
    else:
        path.unlink(missing_ok=True)
    if not names:
        return ""
    verbs = ("student is", "was") if len(students) == 1 else ("students are", "were")
    where = f"in {class_list} (or there twice, or two of them are one there)"
    return f"{len(students)} {verbs[0]} not {where}, and {verbs[1]} left out: {first}"


def _people(platform: str, tables: Sequence[Grades]) -> list[dict[str, str]]:
    """Each student once, as far as known here."""
    rows = {row.student: row for grades in tables for row in grades.rows}
    if platform == "canvas":
        return [
            {"Student": row.full_name, "ID": row.platform_id, "SIS User ID": "", "SIS Login ID": row.student, "Section": ""}
            for row in rows.values()
        ]
    return [
        {"First name": row.first_name, "Last name": row.last_name, "Username": row.student, "Email address": row.email}
        for row in rows.values()
    ]


def read_class_list(path: Path) -> str:
    """The text of a platform's list of students.

    Raises:
        ClassListError: it is no UTF-8, as what a spreadsheet has saved.
        OSError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ClassListError(f"{path} is no UTF-8: give it as the platform exported it, or save it as CSV in UTF-8") from None


def _listed(platform: str, text: str) -> list[dict[str, str]]:
    """The rows of a platform's list, but for Canvas's about the points that can be had; both may put semicolons for commas."""
    text = text.lstrip("\ufeff")
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    people = [
        {key: value or "" for key, value in row.items() if key} for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)
    ]
    return [
        row for row in people if platform != "canvas" or not next(iter(row.values()), "").strip().startswith("Points Possible")
    ]


def _place(people: Sequence[dict[str, str]], row: Row, columns: Iterable[str]) -> int | None:
    """The only one in the list who is called so in one of the columns: by the id, or else by what the gradebook knows besides."""
    names = tuple(columns)
    for known in ([row.student], [row.platform_id, row.email]):
        wanted = {text.strip().casefold() for text in known} - {""}
        found = [
            place
            for place, person in enumerate(people)
            if any(person.get(column, "").strip().casefold() in wanted for column in names)
        ]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _header(assignment: str, people: Sequence[dict[str, str]]) -> str:
    """The assignment's column: as the platform calls it (`step3 (1234)`, `Step 3 (1234)`), if its list has exactly one."""
    known = [name for name in (people[0] if people else ()) if _bare(re.sub(r" \(\d+\)$", "", name)) == _bare(assignment)]
    return known[0] if len(known) == 1 else assignment


def _bare(name: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[\W_]", "", name).casefold()


def number(value: float | None) -> str:
    """Points in hundredths; empty where there is no grade."""
    return "" if value is None else f"{value:.2f}"


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that holds no control character."""
    clean = printable(text).replace("\n", " · ")
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return text
    return f"'{clean}" if text.lstrip(" ").startswith(FORMULA) else clean


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows of texts; commas, quotes and formulas in them do no harm."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue()
