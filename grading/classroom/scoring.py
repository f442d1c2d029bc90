"""Judged points and explanations into the grade cells of a notebook, from where nbgrader takes them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from nbformat.v4 import new_markdown_cell, new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Integer, Unicode, default

from grading.authoring.notebooks import grade_id
from grading.classroom.explanations import as_html, as_text, points_of, reason_without_tests, state_of
from grading.judging.results import ExerciseResult, StepResult

FOR_A_HUMAN = "for_a_human"
"""Marks a cell whose points nothing in the notebook can tell: the judge failed, or an answer could not be read."""
FIRST_CELL = "workshop-result"
WRITTEN = "written answer"


def folders_of(converter: Any, step: str) -> list[Path]:
    """Where the step's folders are that one of nbgrader's converters reads, by student.

    In the id that `--student` names, * and ? stand for others; brackets, to nbgrader a pattern as well, are brackets.
    """
    root = Path(converter.coursedir.root)
    student = converter.coursedir.student_id.replace("[", "[[]")
    pattern = Path(converter._format_source(step, student)).relative_to(root)
    return [path for path in sorted(root.glob(str(pattern))) if path.is_dir() and not path.parent.name.startswith(".")]


class WorkshopPreprocessor(NbGraderPreprocessor):
    """In the place of nbgrader's `Execute`: nothing is run."""

    jobs = Integer(help="How many answers are judged at a time; by default WORKSHOP_JOBS, or one for each processor.").tag(
        config=True
    )
    hidden = Unicode(help="Folder with your own tests, seen from the course: as `workshop judge --hidden`.").tag(config=True)

    @default("jobs")
    def _jobs(self) -> int:
        """An ordinary user's boxes share one user, and so one limit of processes."""
        here = len(os.sched_getaffinity(0)) if os.geteuid() == 0 else 1
        try:
            return max(1, int(os.environ.get("WORKSHOP_JOBS", here)))
        except ValueError:
            raise ValueError(f"WORKSHOP_JOBS must be a number, got {os.environ['WORKSHOP_JOBS']!r}") from None

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        """All cells; then what is to be said about the whole, as a first cell."""
        notebook, resources = super().preprocess(notebook, resources)
        handed_in = resources["handed_in"]
        said = what_is_odd(handed_in)
        title = f"{handed_in.step.title}: {points_of(handed_in.result.points, handed_in.result.out_of)} from tests"
        text = summary(title, said, [*judged_lines(handed_in), *map(_written_line, filter(is_written, notebook.cells))])
        ours = {"step": handed_in.step.number, "said": said, "state": handed_in.result.state}
        first = new_markdown_cell(text, id=FIRST_CELL, metadata={"workshop": ours})
        notebook.cells.insert(0, first)
        return notebook, resources

    def preprocess_cell(self, cell: Any, resources: Any, _cell_index: int) -> tuple[Any, Any]:
        """The outputs of one exercise's cell."""
        handed_in = resources["handed_in"]
        exercise = handed_in.exercise(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if handed_in.clean.unread and utils.is_solution(cell):
            cell.metadata.workshop = {FOR_A_HUMAN: True}
        if exercise is None or cell.cell_type != "code":
            return cell, resources
        result = result_of(handed_in.result, exercise.id)
        reason = reason_without_tests(handed_in.result, exercise, handed_in.missing)
        cell.metadata.workshop = {"exercise": exercise.id, "state": state_of(result, reason)}
        parts = (exercise, result, reason, handed_in.code(exercise))
        cell.outputs = [new_output("display_data", {"text/html": as_html(*parts), "text/plain": as_text(*parts)})]
        if handed_in.result.state == "infra_error":
            cell.metadata.workshop[FOR_A_HUMAN] = True
        elif utils.is_grade(cell):
            points = result.points if result is not None else 0.0
            cell.outputs.append(new_output("execute_result", {"text/plain": repr(float(points))}))
        return cell, resources


class WorkshopSaveAutoGrades(SaveAutoGrades):
    """Nbgrader's own, but that some cells have no points: a cell without a number in its outputs would get all of them."""

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        if cell.metadata.get("workshop", {}).get(FOR_A_HUMAN):
            names = (cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(*names)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()

    def _add_comment(self, cell: Any, resources: Any) -> None:
        super()._add_comment(cell, resources)
        if cell.metadata.get("workshop", {}).get(FOR_A_HUMAN):  # nbgrader would say: no response
            names = (cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id)
            self.gradebook.find_comment(*names).auto_comment = None
            self.gradebook.db.commit()


# --- The first cell -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table: an exercise, or a written answer."""

    what: str
    points: str
    state: str
    anchor: str = ""
    """Where on the page more is said; empty for nowhere."""


def result_of(result: StepResult, exercise: str) -> ExerciseResult | None:
    """What became of one exercise."""
    return next((each for each in result.exercises if each.id == exercise), None)


def what_is_odd(handed_in: Any) -> list[str]:
    """Whatever was not as it should be with what was handed in, and with judging it."""
    states = {
        "graded_with_faults": "The code crashed, overran its time, or did what no honest answer does.",
        "rejected_intake": "What was handed in could not be judged.",
        "infra_error": "The judge itself failed: that is no 0, and somebody has to judge again, or by hand.",
    }
    state = handed_in.result.state
    return [*([states[state]] if state in states else []), *handed_in.findings]


def judged_lines(handed_in: Any) -> list[Line]:
    """A line for each exercise, with the judge's points."""
    lines = []
    for exercise in handed_in.step.exercises:
        result = result_of(handed_in.result, exercise.id)
        reason = reason_without_tests(handed_in.result, exercise, handed_in.missing)
        none = None if handed_in.result.state == "infra_error" else 0.0
        points = points_of(none if result is None else result.points, exercise.points) if exercise.points else "optional"
        anchor = grade_id(exercise) if exercise.points else ""  # formgrader has one where there are points
        lines.append(Line(what=f"{exercise.id} {exercise.name}", points=points, state=state_of(result, reason), anchor=anchor))
    return lines


def is_written(cell: Any) -> bool:
    """Whether a cell holds a written answer that has points."""
    return bool(utils.is_solution(cell) and utils.is_grade(cell))


def _written_line(cell: Any) -> Line:
    """A written answer before anybody has read it."""
    marks = cell.metadata.nbgrader
    waits = cell.metadata.get("workshop", {}).get(FOR_A_HUMAN) or marks.get("checksum") != utils.compute_checksum(cell)
    out_of = f"{marks.points:g} point{'s' * (marks.points != 1)}"
    state = "is graded by hand" if waits else "no answer"
    return Line(what=WRITTEN, points=f"of {out_of}", state=state, anchor=marks.grade_id)


def summary(title: str, said: Sequence[str], lines: Sequence[Line], after: Sequence[str] = ()) -> str:
    """Markdown: what is odd, then a table with points and states; its classes are Bootstrap's, which nbgrader's pages have."""
    rows = [f"### {_plain(title)}", "", *(f"- **{_plain(text.rstrip('.'))}.**" for text in said), ""]
    rows += ['<table class="table table-condensed">', "<tr><th>exercise</th><th>points</th><th></th></tr>"]
    for line in lines:
        name = f'<a href="#{escape(line.anchor)}">{escape(line.what)}</a>' if line.anchor else escape(line.what)
        rows.append(f"<tr><td>{name}</td><td>{escape(line.points)}</td><td>{escape(line.state)}</td></tr>")
    return "\n".join([*rows, "</table>", *(f"\n{_plain(text)}" for text in after)])


def _plain(text: str) -> str:
    """A text that markdown and HTML show as it is."""
    shown = escape(text.replace("\n", " "), quote=False).replace("$", "&#36;")
    return "".join(f"\\{c}" if c in "\\`*_[]#|~" else c for c in shown)
