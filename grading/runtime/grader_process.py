"""The program of one slot: judges submissions, one after the other.

    python -m grading.runtime.grader_process --slot 0 --mode preforked

It reads one JSON line per submission and writes one for its result.
"""

import argparse
import base64
import gc
import itertools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from grading.judging.bubblewrap import Limits
from grading.judging.slots import Slot, claimed
from grading.judging.staging import Staging
from grading.manifest import load_course

if TYPE_CHECKING:
    from grading.judging.results import Durations, StepResult

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Judge what comes on standard input, until its end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slot", type=int, required=True)
    parser.add_argument("--mode", choices=("fresh", "preforked"), required=True)
    parser.add_argument("--hidden", type=Path)
    parser.add_argument("--practice", action="store_true")
    options = parser.parse_args()
    course = load_course()
    answers = [module for step in course.steps for module in step.modules]
    jobs = map(json.loads, sys.stdin)
    first = next(jobs, None)
    if first is None:
        return
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints, the replies stay clean
    with (
        replies,
        claimed(options.slot) as number,
        Staging(ROOT, answers=answers) as staging,
        Slot(number, staging, Limits(), staging.imports(course.step(first["step"]).modules)) as slot,
    ):
        if options.mode == "preforked" and not options.practice:
            slot.start_zygote()
        gc.disable()  # a fifth of the time
        import torch  # only now: both this process and the zygote spend seconds on it, and can do so at the same time

        from grading.runtime.grader import Grader

        gc.freeze()
        gc.enable()
        torch.set_num_threads(1)
        for job in itertools.chain([first], jobs):
            step = course.step(job["step"])
            part = tuple(exercise for exercise in step.exercises if exercise.id in job["exercises"])
            settings = {"private": options.hidden, "practice": options.practice, "accuracy": job["accuracy"]}
            grader = Grader(course, slot, options.mode, job["key"], **settings)
            files, step = job["files"], msgspec.structs.replace(step, exercises=part)
            result, durations = grader.judge(job["name"], step, job["digest"], files)
            reply = {"result": _packed(result), "durations": _packed(durations)}
            replies.write(json.dumps(reply).encode() + b"\n")
    os._exit(0)  # taking PyTorch apart takes a third of a second


def _packed(value: "StepResult | Durations") -> str:
    return base64.b64encode(msgspec.json.encode(value)).decode()


if __name__ == "__main__":
    main()
