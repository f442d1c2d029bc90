"""The page that `nbgrader generate_feedback` makes for a student: nbgrader's own, without the tour, and with a final table.

The tour's cells are in the notebook that everybody has, and nothing of it was run. What stays is what was graded: each exercise's
explanation, the question, and its answer with nbgrader's frame around it.
"""

from pathlib import Path
from typing import Any

from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades

from grading.classroom.explanations import points_of
from grading.classroom.scoring import FIRST_CELL, WRITTEN, Line, folders_of, is_written, summary
from grading.manifest import load_course


class WorkshopFeedback(GenerateFeedback):
    """Stands in the place of nbgrader's `GenerateFeedback`, and differs in whom it passes over."""

    def init_notebooks(self) -> None:
        """As in nbgrader, for which brackets in an id are a pattern, so that nobody of that name would get a page."""
        folders = folders_of(self, self.coursedir.assignment_id)
        there = {str(folder): [*map(str, sorted(folder.glob(f"{self.coursedir.notebook_id}.ipynb")))] for folder in folders}
        self.notebooks: list[str] = []
        self.assignments = {folder: notebooks for folder, notebooks in there.items() if notebooks}
        if not self.assignments:
            super().init_notebooks()  # says in nbgrader's own words that there is nothing

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """As in nbgrader, which passes over every folder that exists, also one without a page: that one is made anew.

        Who was taken out of the gradebook, and whose folders are left, gets no page, and stops nobody else's.
        """
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                gradebook.find_submission(assignment_id, student_id)
            except MissingEntry:
                left = Path(self._format_source(assignment_id, student_id))
                self.log.warning("%s is not in the gradebook, and gets no page; delete %s, or grade again", student_id, left)
                return False
        folder = Path(self._format_dest(assignment_id, student_id))
        if folder.is_dir() and not is_whole(folder / f"{assignment_id}.html"):
            utils.rmtree(folder)
        return bool(super().init_destination(assignment_id, student_id))


def is_whole(page: Path) -> bool:
    """Whether a page was written to its end."""
    try:
        return page.read_bytes().rstrip().endswith(b"</html>")
    except OSError:
        return False


class GetFeedback(GetGrades):
    """In the place of nbgrader's `GetGrades`: the same grades, and fewer cells."""

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        """Grades into the cells; then the table, and away with the rest."""
        notebook, resources = super().preprocess(notebook, resources)
        first = next((cell for cell in notebook.cells if cell.get("id") == FIRST_CELL), None)
        if first is None or "workshop" not in first.metadata:  # graded by an older version of this course
            return notebook, resources
        grades = resources["nbgrader"]
        course_step = load_course().step(first.metadata.workshop.step)
        names = {exercise.id: f"{exercise.id} {exercise.name}" for exercise in course_step.exercises}
        lines = [_line(cell, names) for cell in notebook.cells if _exercise(cell) or is_written(cell)]
        late = [f"Handed in late: {grades['late_penalty']:g} points are taken off."] if grades["late_penalty"] else []
        title = f"{course_step.title}: {points_of(grades['score'], grades['max_score'])}"
        first.source = summary(title, first.metadata.workshop.said, lines, late)
        notebook.cells = [first, *(_shown(cell) for cell in _graded(notebook.cells))]
        return notebook, resources

    def _get_score(self, cell: Any, resources: Any) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id)
        by_hand, waits = grade.manual_score is not None, grade.needs_manual_grade
        cell.metadata.workshop = {**cell.metadata.get("workshop", {}), "by_hand": by_hand, "waits": waits}


def _exercise(cell: Any) -> str:
    """The exercise that a cell explains; empty for none."""
    return str(cell.metadata.get("workshop", {}).get("exercise", ""))


def _line(cell: Any, names: dict[str, str]) -> Line:
    """A line of the table, with what the gradebook says now."""
    marks, ours = cell.metadata.nbgrader, cell.metadata.workshop
    points = "optional"
    if utils.is_grade(cell):
        points = points_of(None if ours.waits and not ours.by_hand else marks.score, marks.points)
    if ours.get("by_hand"):
        state = f"graded by hand{', and to be looked at again' * bool(ours.waits)}"
    elif ours.get("waits"):
        state = "not graded yet"
    else:
        state = ours.get("state", "no answer")
    anchor = f"cell-id={cell.id}" if _exercise(cell) else marks.grade_id  # as nbconvert and nbgrader name them
    return Line(what=names.get(_exercise(cell), WRITTEN), points=points, state=state, anchor=anchor)


def _graded(cells: list[Any]) -> list[Any]:
    """Exercises and written answers, each of these after the text before it, which is the question."""
    kept = []
    for before, cell in zip([None, *cells], cells, strict=False):
        if utils.is_solution(cell) or utils.is_task(cell):
            kept += [before] if before is not None and before not in kept else []
            kept.append(cell)
        elif _exercise(cell):
            kept.append(cell)
    return kept


def _shown(cell: Any) -> Any:
    """An exercise without nbgrader's frame, which would call it a test cell, and without the number that was its output."""
    if _exercise(cell):
        cell.metadata.transient = {"remove_source": True}
        cell.outputs = [output for output in cell.outputs if output.output_type == "display_data"]
        del cell.metadata["nbgrader"]
    return cell
