"""`nbgrader autograde stepN`: judged in the sandbox, several at a time, and taken into nbgrader's gradebook one by one meanwhile.

Nothing in `submitted/` is changed, and nothing of it is run outside of the sandbox. Every folder that was handed in gets its row,
also one without a notebook, with a broken one, or that ends in an error nobody thought of.
"""

import contextlib
import functools
import json
import os
from collections.abc import Generator, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput, OverwriteCells
from nbgrader.utils import rmtree
from traitlets import Dict, List, Type, default

from grading.authoring.notebooks import grade_id
from grading.classroom.explanations import code_of, gaps_of, points_of
from grading.classroom.judged import NoSandboxError, batch_of, judge, taken_in, without_result
from grading.classroom.prepass import Clean, rebuild
from grading.classroom.scoring import FIRST_CELL, WorkshopPreprocessor, WorkshopSaveAutoGrades, folders_of
from grading.judging.intake import RejectedError, Submission
from grading.judging.judge import Batch
from grading.judging.locks import alone
from grading.judging.results import StepResult
from grading.manifest import Exercise, Step, load_course

TIMESTAMP = "timestamp.txt"


class Judged(NamedTuple):
    """What a student handed in, and its result."""

    submission: Submission | RejectedError
    result: StepResult


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """All that is known of one student's work when nbgrader turns to it."""

    step: Step
    result: StepResult
    files: dict[str, str] = field(default_factory=dict)
    """What was judged: file name -> text."""
    missing: tuple[str, ...] = ()
    gaps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Exercise -> the functions with its gaps."""
    clean: Clean
    findings: tuple[str, ...] = ()
    """What was not as it should be, in plain words."""

    def exercise(self, cell: str) -> Exercise | None:
        """The exercise of a cell called `exercise-3-2`; None if it is another cell."""
        return next((exercise for exercise in self.step.exercises if grade_id(exercise) == cell), None)

    def code(self, exercise: Exercise) -> str:
        """What was written into the gaps of an exercise, with the functions around it."""
        return code_of(self.gaps[exercise.id], self.files.get(f"{exercise.module}.py", ""))

    def as_line(self) -> str:
        """For the log."""
        points = points_of(self.result.points, self.result.out_of)
        return "; ".join(
            [f"{self.result.name}: {points}", *([self.result.state] * (self.result.state != "graded")), *self.findings]
        )


class CleanNotebooks(NotebookExporter):
    """Takes the clean notebook of `prepass.py` where nbgrader would read the one that was handed in."""

    @default("optimistic_validation")
    def _validated_once(self) -> bool:
        """After all preprocessors, not after each."""
        return True

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> Any:
        """As nbconvert's, for a file that need not be there."""
        clean = (resources or {}).pop("clean_notebook", None)
        if clean is None:
            return super().from_filename(filename, resources, **options)
        path = Path(filename)
        resources["metadata"] = ResourcesDict(name=path.stem, path=str(path.parent))
        convert: Any = self.from_notebook_node
        return convert(clean, resources, **options)


class JudgedFiles(BaseConverter):
    """Copies to `autograded/` what was judged, and nothing else that lay beside it: no link, no huge file, no second step."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Nbgrader's own adds the released tests and README to it."""
        folder = Path(self._format_dest(assignment_id, student_id))
        folder.mkdir(parents=True, exist_ok=True)
        timestamp = Path(self._format_source(assignment_id, student_id)) / TIMESTAMP
        texts = {name: text.encode() for name, text in self.handed_in.files.items()}
        if timestamp.is_file() and not timestamp.is_symlink() and timestamp.stat().st_size < 1000:
            texts[TIMESTAMP] = timestamp.read_bytes()
        for name, data in texts.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_bytes(data)


def has_points(path: Path) -> bool:
    """Whether this is a notebook that was graded to its end, with a result of the judge."""
    try:
        first = json.loads(path.read_bytes())["cells"][0]
        return bool(first["id"] == FIRST_CELL and first["metadata"].get("workshop", {}).get("state") != "infra_error")
    except (OSError, ValueError, LookupError, TypeError):
        return False


class WorkshopAutograde(Autograde, JudgedFiles):
    """Stands in the place of nbgrader's `Autograde`; `c.Autograde` in a configuration means it, too."""

    exporter_class = Type(CleanNotebooks, klass=NotebookExporter).tag(config=True)
    exclude_overwriting = Dict().tag(config=True)
    # What is graded is the released notebook, which `nbgrader generate_assignment` has checked and cleaned: preprocessors that do
    # so once more are left out. `OverwriteCells` stays, for the gradebook has the last word on points and locked text.
    sanitize_preprocessors = List([OverwriteCells]).tag(config=True)
    autograde_preprocessors = List([WorkshopPreprocessor, LimitOutput, WorkshopSaveAutoGrades, AssignLatePenalties]).tag(
        config=True
    )
    judged: Judged
    """Of the student to whom nbgrader turns."""
    handed_in: HandedIn

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.graded = 0

    @default("exclude_overwriting")
    def _answers_stay(self) -> dict[str, list[str]]:
        return {step.folder: [f"{module}.py" for module in step.modules] for step in load_course().steps}

    @functools.cached_property
    def step(self) -> Step:
        """The step that is graded."""
        for step in load_course().steps:
            if step.folder == self.coursedir.assignment_id:
                return step
        raise self.refusal(f"{self.coursedir.assignment_id!r} is no step of this course, and so there are no tests for it")

    @functools.cached_property
    def batch(self) -> Batch:
        """What judges it."""
        try:
            settings, root = WorkshopPreprocessor(parent=self), Path(self.coursedir.root)
            return batch_of(self.step, root, settings.jobs, root / settings.hidden if settings.hidden else None)
        except (OSError, ValueError) as error:
            raise self.refusal(str(error)) from None

    @property
    def release(self) -> Path:
        """The folder that was handed out, as nbgrader keeps it."""
        return Path(self.coursedir.format_path(self.coursedir.release_directory, ".", self.step.folder))

    def refusal(self, reason: str) -> Exception:
        """What to raise if not all can be graded: this is for the instructor to mend."""
        self.log.error("%s: %s", f"only {self.graded} graded" if self.graded else "nothing was graded", reason)
        error: Exception = NbGraderException(reason)
        return error

    def read_release(self) -> tuple[Any, dict[str, tuple[str, ...]]]:
        """The notebook as it was released, and the functions with gaps of each exercise in the files beside it.

        Raises:
            NbGraderException: there is no released notebook.
        """
        path = self.release / f"{self.step.folder}.ipynb"
        if not path.is_file():
            raise self.refusal(f"there is no {path}; run: nbgrader generate_assignment {self.step.folder}")
        stubs = [self.release / f"{module}.py" for module in self.step.modules]
        texts = {stub.name: stub.read_text(encoding="utf-8") for stub in stubs if stub.is_file()}
        gaps = {exercise.id: gaps_of(exercise, texts.get(f"{exercise.module}.py", "")) for exercise in self.step.exercises}
        return nbformat.read(path, as_version=4), gaps

    # --- The class --------------------------------------------------------------------------------------------------------

    def init_notebooks(self) -> None:
        """Every folder that was handed in, with the notebook that it should have."""
        self.notebooks: list[str] = []
        self.assignments = {
            str(folder): [str(folder / f"{self.step.folder}.ipynb")] for folder in folders_of(self, self.step.folder)
        }
        if not self.assignments or not fnmatch(self.step.folder, self.coursedir.notebook_id):
            super().init_notebooks()  # says in nbgrader's own words that there is nothing

    def convert_notebooks(self) -> None:
        """Judge what has no result yet, several at a time, and grade each as soon as it is judged."""
        self.check_gradebook()
        self.released, self.gaps = self.read_release()
        with contextlib.ExitStack() as stack:
            try:
                said = f"{self.step.folder} is being graded by another nbgrader autograde; wait for its end"
                stack.enter_context(alone(self.release, said))
            except BlockingIOError as error:
                raise self.refusal(str(error)) from None
            everybody = {Path(folder).parent.name: {folder: notebooks} for folder, notebooks in self.assignments.items()}
            self.forget_unfinished(everybody)
            due = [student for student in everybody if self.is_due(student)]
            self.tell_of_those_before({*everybody} - {*due})
            by_hand: list[str] = []
            with contextlib.closing(self.judge(due)) as coming:
                for self.judged in coming:
                    student = self.judged.result.name
                    self.assignments = everybody[student]
                    try:
                        super().convert_notebooks()
                        self.graded += 1
                    except NbGraderException as error:
                        if error.__context__ is not None:  # it is the gradebook that nbgrader cannot work with
                            raise
                        self.keep_row(student)
                        by_hand.append(student)
            if by_hand:
                names = f"{', '.join(by_hand[:20])}{' …' * (len(by_hand) > 20)}"
                raise self.refusal(f"{len(by_hand)} could not be graded (see above), and need to be graded by hand: {names}")

    def forget_unfinished(self, students: Iterable[str]) -> None:
        """Whose grading was cut off, or whom the judge failed, is graded anew: nbgrader passes over every folder that exists."""
        for student in students:
            folder = Path(self._format_dest(self.step.folder, student))
            if folder.is_dir() and self.is_chosen(student) and not has_points(folder / f"{self.step.folder}.ipynb"):
                self.log.warning("%s was not graded to the end, and is graded again", student)
                rmtree(folder)

    def tell_of_those_before(self, kept: Set[str]) -> None:
        """Who was graded is passed over, as by nbgrader, whatever has changed since; an instructor should know of it."""
        folders = {student: self.folder_of(student) for student in sorted(kept) if self.is_chosen(student)}
        if folders:
            self.log.info("%d were graded before, and are passed over", len(folders))
        older = without_result(self.batch, folders)
        if older:
            names = f"{', '.join(older[:5])}{' …' * (len(older) > 5)}"
            self.log.warning(
                "%d keep the points of other tests or of other files than the present ones; --force grades anew: %s",
                len(older),
                names,
            )

    def is_chosen(self, student: str) -> bool:
        """Whether nbgrader was not told to leave this student out."""
        return student not in self.coursedir.student_id_exclude.split(",")

    def is_due(self, student: str) -> bool:
        """Whether nbgrader is going to grade what this student handed in: not graded yet, newer, or `--force`."""
        if not self.is_chosen(student):
            return False
        source, target = (Path(path(self.step.folder, student)) for path in (self._format_source, self._format_dest))
        if self.force or not (target / f"{self.step.folder}.ipynb").exists():
            return True
        new, old = (self.coursedir.get_existing_timestamp(str(folder)) for folder in (source, target))
        return new is not None and old is not None and new > old

    def check_gradebook(self) -> None:
        """The cells that are graded by tests must be our exercises, with the points that they have in the course.

        Raises:
            NbGraderException: they are not; the text says what to run.
        """
        wanted = {grade_id(exercise): float(exercise.points) for exercise in self.step.exercises if exercise.points}
        again = f"workshop dev generate && nbgrader generate_assignment {self.step.folder} --force"
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            known = [each for each in gradebook.assignments if each.name == self.step.folder]
            notebooks = [each for assignment in known for each in assignment.notebooks if each.name == self.step.folder]
            if not notebooks:
                raise self.refusal(f"the gradebook does not know {self.step.folder}; run: {again.partition('&& ')[2]}")
            cells, solutions = notebooks[0].grade_cells, notebooks[0].solution_cells
            by_hand = {cell.name for cell in solutions}
            points = {cell.name: float(cell.max_score) for cell in cells if cell.name not in by_hand}
        if strange := sorted(set(points) - set(wanted)):
            raise self.refusal(f"the cell {strange[0]} is graded by running it, and notebooks are not run here; run: {again}")
        if other := [name for name, value in wanted.items() if points.get(name) != value]:
            there = points.get(other[0], "no such cell")
            raise self.refusal(
                f"{other[0]} has {wanted[other[0]]:g} points in the course, and in the gradebook: {there}; run: {again}"
            )

    def judge(self, students: Sequence[str]) -> Generator[Judged]:
        """Each student as soon as there is a result, while others are still judged; whose files change meanwhile comes last.

        Raises:
            NbGraderException: something is to be judged, and no sandbox can be made; or a result cannot be written.
        """
        for is_last in (False, True):
            folders, changed = {student: self.folder_of(student) for student in students}, []
            try:
                with contextlib.closing(judge(self.batch, folders, say=self.log.info)) as results:
                    for result in results:
                        submission = taken_in(self.step, folders[result.name], result.name)
                        if isinstance(submission, Submission) and submission.digest != result.digest and not is_last:
                            changed.append(result.name)
                        else:
                            yield Judged(submission, result)
            except (NoSandboxError, OSError, ValueError) as error:
                raise self.refusal(str(error)) from None
            students = changed

    def folder_of(self, student: str) -> Path:
        """All that a student handed in, the step's folder in it."""
        return Path(self._format_source(self.step.folder, student)).parent

    # --- One student ------------------------------------------------------------------------------------------------------

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Put together what is known of a student's work, and say it in one line."""
        submission, result = self.judged
        folder = Path(self._format_source(assignment_id, student_id))
        clean = rebuild(self.released, folder, f"{self.step.folder}.ipynb")
        findings = [*self._about(submission, result), *clean.findings]
        if self.coursedir.get_existing_timestamp(str(folder)) is None:
            self.forget_time(student_id)
            findings += [f"{TIMESTAMP} cannot be read; this counts as handed in in time"] * (folder / TIMESTAMP).exists()
        files, missing = (submission.files, submission.missing) if isinstance(submission, Submission) else ({}, ())
        self.handed_in = HandedIn(
            step=self.step,
            result=result,
            files=files,
            missing=missing,
            gaps=self.gaps,
            clean=clean,
            findings=tuple(findings),
        )
        usual = self.log.warning if findings or result.state != "graded" else self.log.info
        (self.log.error if result.state == "infra_error" else usual)("%s", self.handed_in.as_line())
        super().init_assignment(assignment_id, student_id)

    def forget_time(self, student: str) -> None:
        """No time of an earlier submission is one of this; nbgrader would keep it, and what it cost."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook, contextlib.suppress(MissingEntry):
            gradebook.find_submission(self.step.folder, student).timestamp = None
            gradebook.db.commit()

    def _about(self, submission: Submission | RejectedError, result: StepResult) -> Iterator[str]:
        """What is to be said about the files that were judged."""
        if isinstance(submission, RejectedError):
            where = submission.where.partition(f"{os.sep}{self.step.folder}{os.sep}")[2]  # no path of this machine
            yield f"{where}: {submission.message}" if where else submission.message
            return
        yield from result.feedback
        yield from (f"{exercise.id}: {exercise.fault}" for exercise in result.exercises if exercise.fault)
        yield from (f"{name} was not handed in; its exercises get no points" for name in submission.missing)

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        """With what our preprocessors need; at first, with the notebook itself."""
        resources: dict[str, Any] = super().init_single_notebook_resources(notebook_filename)
        resources["handed_in"] = self.handed_in
        if self._sanitizing:
            resources["clean_notebook"] = self.handed_in.clean.notebook
        return resources

    def keep_row(self, student: str) -> None:
        """Whoever could not be graded, for a reason that nobody thought of, is in the gradebook as work for a human."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            if self.create_student:
                gradebook.update_or_create_student(student)
            try:
                gradebook.update_or_create_submission(self.step.folder, student)
                notebook = gradebook.find_submission_notebook(self.step.folder, self.step.folder, student)
            except MissingEntry:
                return
            for grade in notebook.grades:
                grade.auto_score = None
                grade.needs_manual_grade = True
            gradebook.db.commit()
