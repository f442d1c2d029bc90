"""For `dask worker --preload`: a judge that takes no time, needs no box, and ends the process at a name that asks for it."""

import os
import time

from grading.classroom import cluster_worker
from grading.judging.intake import Submission
from grading.judging.judge import Grader
from grading.judging.results import Durations, StepResult, graded
from grading.manifest import Step


def judge(_grader: Grader, step: Step, submission: Submission) -> tuple[StepResult, Durations | None]:
    """No points for anybody."""
    if submission.name.startswith("deadly"):
        os._exit(1)
    time.sleep(0.2)
    return graded(submission.name, step.folder, submission.digest, []), None


Grader.judge = judge
cluster_worker.cached_why_not = lambda _mode: None
