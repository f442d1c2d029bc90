"""Judged points and explanations into the grade cells of a notebook, from where nbgrader takes them."""

import os
from html import escape
from typing import Any

from nbformat.v4 import new_markdown_cell, new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Integer, default

from grading.classroom.explanations import as_html, as_text, points_of, reason_without_tests

FOR_A_HUMAN = "for_a_human"
"""Marks a cell whose points nothing in the notebook can tell: the judge failed, or an answer could not be read."""


class WorkshopPreprocessor(NbGraderPreprocessor):
    """In the place of nbgrader's `Execute`: nothing is run."""

    jobs = Integer(help="How many answers are judged at a time; by default WORKSHOP_JOBS, or one for each processor.").tag(
        config=True
    )

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
        notebook.cells.insert(0, new_markdown_cell(summary(resources["handed_in"]), id="workshop-result"))
        return notebook, resources

    def preprocess_cell(self, cell: Any, resources: Any, _cell_index: int) -> tuple[Any, Any]:
        """The outputs of one exercise's cell."""
        handed_in = resources["handed_in"]
        exercise = handed_in.exercise(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if handed_in.clean.unread and utils.is_solution(cell):
            cell.metadata.workshop = {FOR_A_HUMAN: True}
        if exercise is None or cell.cell_type != "code":
            return cell, resources
        result = next((each for each in handed_in.result.exercises if each.id == exercise.id), None)
        reason = reason_without_tests(handed_in.result, exercise, handed_in.missing)
        parts = (exercise, result, reason, handed_in.code(exercise))
        cell.outputs = [new_output("display_data", {"text/html": as_html(*parts), "text/plain": as_text(*parts)})]
        if handed_in.result.state == "infra_error":
            cell.metadata.workshop = {FOR_A_HUMAN: True}
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


def summary(handed_in: Any) -> str:
    """What the first cell says: points of each exercise, and whatever was not as it should be."""
    result, step = handed_in.result, handed_in.step
    lines = [f"### {step.title}: {points_of(result.points, result.out_of)} from tests", ""]
    states = {
        "graded_with_faults": "The code crashed, overran its time, or did what no honest answer does.",
        "rejected_intake": "What was handed in could not be judged.",
        "infra_error": "The judge itself failed: that is no 0, and somebody has to judge again, or by hand.",
    }
    said = [*([states[result.state]] if result.state in states else []), *handed_in.findings]
    lines += [f"- **{_plain(text.rstrip('.'))}.**" for text in said]
    lines += ["", "Points:", ""] if said else []
    points = {exercise.id: exercise.points for exercise in result.exercises}
    none = None if result.state == "infra_error" else 0.0
    for exercise in step.exercises:
        given = points_of(points.get(exercise.id, none), exercise.points) if exercise.points else "optional"
        lines.append(f"- {exercise.id} {_plain(exercise.name)}: {given}")
    return "\n".join([*lines, "", "A written answer is graded by hand."])


def _plain(text: str) -> str:
    """A text that markdown and HTML show as it is."""
    shown = escape(text.replace("\n", " "), quote=False).replace("$", "&#36;")
    return "".join(f"\\{c}" if c in "\\`*_[]#|~" else c for c in shown)
