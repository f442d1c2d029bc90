"""Do the solutions pass by luck? `nox -s sweep` runs the suites under other seeds and numbers of threads.

What the answers draw (first weights, dropout, shuffling by the global generator) differs from seed to seed, and so do the inputs
of the hidden tests, which they draw from a key; what the public tests draw stays the same. A test that fails here now and then
has a tolerance or a threshold that is too narrow. At the end comes a table of what trained models reached: a threshold lies four
standard deviations below the mean, or lower.
"""

import argparse
import contextlib
import io
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch

from handwriting_workshop.report import plain_table

ROOT = Path(__file__).parents[2]


class Run:
    """Which tests failed, and why, and what those gave that train a model; a plugin that listens to pytest."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        self.passed = 0
        self.figures: dict[str, float] = {}
        """Test and what it recorded (`record_property`) -> the value."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a test."""
        name = report.nodeid.rpartition("/")[2]
        if report.failed:
            self.reasons[name] = report.longreprtext.strip().partition("\n")[0]
        elif report.when == "call":
            self.passed += 1
        if report.when == "call":
            self.figures.update({f"{name}: {what}": float(str(value)) for what, value in report.user_properties})


def figures_table(figures: Mapping[str, Sequence[float]]) -> str:
    """A line for each figure: its mean, its standard deviation, and the least of all runs."""
    rows = [["", "runs", "mean", "standard deviation", "mean - 4 sd", "least"]]
    for name, values in figures.items():
        mean, deviation = statistics.fmean(values), statistics.pstdev(values)
        numbers = (mean, deviation, mean - 4 * deviation, min(values))
        rows.append([name, str(len(values)), *(f"{number:.3f}" for number in numbers)])
    return plain_table(rows)


def main() -> int:
    """Command line; 1 if any test failed in any run."""
    parser = argparse.ArgumentParser(prog="nox -s sweep --", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("steps", nargs="*", help="such as step3 (default: all)")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4], help="numbers of threads (default: 1 2 4)")
    parser.add_argument("--accuracy", action="store_true", help="only the tests that train a model")
    options = parser.parse_args()
    steps = options.steps or [path.name for path in sorted((ROOT / "exercises").glob("step*"))]
    hidden = [folder for step in steps if (folder := ROOT / "grading" / "hidden" / step).is_dir()]
    folders = [*(ROOT / "exercises" / step for step in steps), *hidden]
    fixed = [*map(str, folders), f"--rootdir={ROOT}", "--target=solutions", "-q"]
    fixed += ["-m", "accuracy"] if options.accuracy else []
    failed: Counter[str] = Counter()
    figures: defaultdict[str, list[float]] = defaultdict(list)
    runs = 0
    for threads in options.threads:
        torch.set_num_threads(threads)
        for seed in range(options.seeds):
            run = Run()
            with contextlib.redirect_stdout(io.StringIO()):
                pytest.main([*fixed, f"--seed={seed}", f"--course-key=sweep {seed}"], plugins=[run])
            runs += 1
            failed.update(run.reasons.keys())
            for name, value in run.figures.items():
                figures[name].append(value)
            print(f"{threads} thread(s), seed {seed}: {run.passed} passed, {len(run.reasons)} failed", flush=True)
            for name, reason in run.reasons.items():
                print(f"  {name}: {reason}", flush=True)
            if run.passed + len(run.reasons) == 0:
                print("no test was run")
                return 1
    if figures:
        print(f"\n{figures_table(figures)}\n")
    for name, count in failed.most_common():
        print(f"{name} failed in {count} of {runs} runs")
    print(f"{runs} runs, {'all passed' if not failed else f'{len(failed)} tests failed now and then'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
