"""What students handed in to nbgrader, judged: results in the course's `judged/`, found again by what was handed in."""

from collections.abc import Callable, Mapping
from pathlib import Path

from grading.judging.intake import RejectedError, Submission, find_submissions, take_in
from grading.judging.judge import Batch
from grading.judging.keys import KEY_FILE, make_key
from grading.judging.probes import why_not
from grading.judging.results import StepResult, failed_judge
from grading.manifest import Step

JUDGED = "judged"
"""Folder of the results, in nbgrader's course root."""


class NoSandboxError(Exception):
    """Something is to be judged, and no box can be made on this machine; the text says why."""


def taken_in(step: Step, folder: Path, student: str) -> Submission | RejectedError:
    """The answers in a student's folder, or why there are none."""
    try:
        return take_in(folder, [f"{module}.py" for module in step.modules], folder=step.folder, name=student)
    except RejectedError as error:
        return error


def batch_of(step: Step, root: Path, jobs: int = 1) -> Batch:
    """What judges a step in nbgrader's course root."""
    return Batch(step=step, out=root / JUDGED, jobs=jobs, key=make_key(root / KEY_FILE.name))


def without_result(batch: Batch, folders: Mapping[str, Path]) -> list[str]:
    """Students whose present files the present tests have not judged."""
    submissions = {student: taken_in(batch.step, folder, student) for student, folder in folders.items()}
    return [student for student, each in submissions.items() if isinstance(each, Submission) and not batch.is_done(each)]


def judge(batch: Batch, folders: Mapping[str, Path], *, say: Callable[[str], object]) -> dict[str, StepResult]:
    """Student -> result, for students with their folders (`submitted/ann`); what this course has judged is only read.

    Raises:
        NoSandboxError: something is to be judged, and there is no box to do it in.
    """
    step = batch.step
    wanted = [f"{module}.py" for module in step.modules]
    results: dict[str, StepResult] = {}
    for student, folder in folders.items():
        if find_submissions(folder, wanted, folder=step.folder) != [(student, folder)]:
            reason = f"a folder named {student!r} cannot be that of a student here; rename it, and grade again"
            results[student] = failed_judge(student, step.folder, "", reason, step.points)
    there = {student: folder for student, folder in folders.items() if student not in results}
    if waiting := without_result(batch, there):
        if (fault := why_not(batch.mode)) is not None:
            raise NoSandboxError(f"no sandbox can be made: {fault}")
        say(f"{len(waiting)} to judge, {batch.jobs} at a time; {len(there) - len(waiting)} have their results")
    batch.judge([*there.values()], lambda result: results.update({result.name: result}))
    return results
