"""nbgrader's gradebook, exported per question and for Canvas, Moodle and Gradescope; the manually graded question included.

nbgrader export --exporter=grading.classroom.exports.PerQuestionExporter --assignment "['step3']" --to step3.csv
"""

import re
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from grading.classroom.grades import (
    ClassListError,
    Grades,
    Question,
    Row,
    per_question_csv,
    platform_csv,
    read_class_list,
    tell_left_out,
)
from grading.classroom.machine_formats import write_gradescope
from grading.files import write_atomically


def grades_in(gradebook: Any, assignment: str, students: tuple[str, ...] = ()) -> Grades:
    """The grades of an assignment in nbgrader's gradebook: of some students, or of all.

    Raises:
        nbgrader.api.MissingEntry: there is no such assignment, or no such student.
    """
    entry = gradebook.find_assignment(assignment)
    cells = [
        Question(name=cell.name, out_of=cell.max_score)
        for notebook in entry.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    ]
    questions = tuple(sorted(cells, key=lambda cell: [int(part) if part.isdigit() else part for part in _parts(cell.name)]))
    wanted = [gradebook.find_student(student) for student in students] or gradebook.students
    return Grades(
        assignment=assignment,
        questions=questions,
        rows=tuple(_row(gradebook, assignment, student, questions) for student in wanted),
    )


def _parts(name: str) -> list[str]:
    """`exercise-3-10` -> `exercise-`, `3`, `-`, `10`, so that it comes after `exercise-3-9`."""
    return re.split(r"(\d+)", name)


def _row(gradebook: Any, assignment: str, student: Any, questions: tuple[Question, ...]) -> Row:
    points: dict[str, float | None] = {question.name: None for question in questions}
    total, taken_off, state = None, 0.0, "not_handed_in"
    try:
        submission = gradebook.find_submission(assignment, student.id)
    except MissingEntry:
        pass
    else:
        for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
            has_none = grade.auto_score is None and grade.manual_score is None
            points[grade.name] = None if has_none else grade.score
        taken_off = submission.late_submission_penalty or 0.0
        state = "needs_manual_grade" if submission.needs_manual_grade else "graded"
        if all(value is not None for value in points.values()):
            total = max(0.0, submission.score - taken_off)
    return Row(
        student=student.id,
        points=points,
        total=total,
        state=state,
        taken_off=taken_off,
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        platform_id=student.lms_user_id or "",
    )


class GradebookExporter(ExportPlugin):
    """What our exporters have in common; `--to`, `--assignment` and `--student` are nbgrader's own."""

    default_name: ClassVar[str] = "grades.csv"

    def export(self, gradebook: Any) -> None:
        """Write the file.

        Raises:
            SystemExit: there is no such assignment or student, the class list cannot be used, or the file cannot be written; what
                was there before is untouched.
        """
        names = [str(name) for name in self.assignment] or [entry.name for entry in gradebook.assignments]
        students = tuple(str(student) for student in self.student)
        try:
            tables = [grades_in(gradebook, name, students) for name in names]
        except MissingEntry as error:
            self.log.error("nothing was exported: %s", error)
            raise SystemExit(1) from None
        path = Path(self.to or self.default_name)
        self.log.info("Exporting the grades of %s to %s", ", ".join(names) or "no assignment", path)
        try:
            self.write(path, tables)
        except (ClassListError, OSError) as error:
            self.log.error("nothing was exported: %s", error)
            raise SystemExit(1) from None

    def write(self, path: Path, tables: list[Grades]) -> None:
        """Write the grades of one or more assignments."""
        raise NotImplementedError


class PerQuestionExporter(GradebookExporter):
    """One row per student, a column per question."""

    def write(self, path: Path, tables: list[Grades]) -> None:
        """Write the CSV file."""
        write_atomically(path, per_question_csv(tables).encode())


class PlatformExporter(GradebookExporter):
    """A CSV file that a course platform takes."""

    class_list = Unicode("", help="CSV file with the students, as the platform exports it").tag(config=True)
    platform: ClassVar[str]

    def write(self, path: Path, tables: list[Grades]) -> None:
        """Write the CSV file; who is not in the class list is told of."""
        listed = read_class_list(Path(self.class_list)) if self.class_list else ""
        text, unknown = platform_csv(self.platform, tables, listed)
        write_atomically(path, text.encode())
        if self.class_list and (told := tell_left_out(unknown, self.class_list, path)):
            self.log.warning("%s", told)


class CanvasExporter(PlatformExporter):
    """Canvas's gradebook: Grades, Import."""

    platform: ClassVar[str] = "canvas"


class MoodleExporter(PlatformExporter):
    """Moodle's grades: Import, CSV file."""

    platform: ClassVar[str] = "moodle"


class GradescopeExporter(GradebookExporter):
    """A folder with `results.json` for each student (and for each assignment, if there are several)."""

    default_name: ClassVar[str] = "gradescope"

    def write(self, path: Path, tables: list[Grades]) -> None:
        """Write the files."""
        for grades in tables:
            write_gradescope(path / grades.assignment if len(tables) > 1 else path, grades)
