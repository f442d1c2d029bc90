"""Do the solutions pass by luck? `nox -s sweep` runs the suites under other seeds and numbers of threads.

What the tests themselves draw stays the same; what the answers draw (first weights, dropout, shuffling by the global generator)
differs. A test that fails here now and then has a tolerance or a threshold that is too narrow.
"""

import argparse
import contextlib
import io
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]


class Failures:
    """Which tests failed, and why; a plugin that listens to pytest."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        self.passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a test."""
        if report.failed:
            self.reasons[report.nodeid.rpartition("/")[2]] = report.longreprtext.strip().partition("\n")[0]
        elif report.when == "call":
            self.passed += 1


def main() -> int:
    """Command line; 1 if any test failed in any run."""
    parser = argparse.ArgumentParser(prog="nox -s sweep --", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("steps", nargs="*", help="such as step3 (default: all)")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4], help="numbers of threads (default: 1 2 4)")
    options = parser.parse_args()
    folders = [str(ROOT / "exercises" / step) for step in options.steps] or [str(ROOT / "exercises")]
    failed: Counter[str] = Counter()
    runs = 0
    for threads in options.threads:
        torch.set_num_threads(threads)
        for seed in range(options.seeds):
            listener = Failures()
            with contextlib.redirect_stdout(io.StringIO()):
                pytest.main(
                    [*folders, f"--rootdir={ROOT}", "--target", "solutions", "--seed", str(seed), "-q"], plugins=[listener]
                )
            runs += 1
            failed.update(listener.reasons.keys())
            print(f"{threads} thread(s), seed {seed}: {listener.passed} passed, {len(listener.reasons)} failed", flush=True)
            for name, reason in listener.reasons.items():
                print(f"  {name}: {reason}", flush=True)
            if listener.passed + len(listener.reasons) == 0:
                print("no test was run")
                return 1
    for name, count in failed.most_common():
        print(f"{name} failed in {count} of {runs} runs")
    print(f"{runs} runs, {'all passed' if not failed else f'{len(failed)} tests failed now and then'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
