"""A process that has done all the importing and waits: it runs pytest once, when it is told to, and ends.

`workshop watch` always keeps one ready, so that a saved file is tested within a moment, by a process in which nothing else ran.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import sys
from pathlib import Path

import pytest

from grading.learning.workspace import Workspace
from grading.manifest import load_course

NEEDED = (
    *("grading.learning.messages", "grading.runtime.box", "grading.runtime.recognition"),
    *("handwriting_workshop.samples", "hypothesis", "pytest_timeout"),
)


def imports_of_suites(exercises: Path) -> set[str]:
    """What the step suites import beside our own code."""
    found: set[str] = set()
    for path in exercises.glob("step*/*.py"):
        with contextlib.suppress(SyntaxError, UnicodeDecodeError, OSError):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Import):
                    found.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
    return {name for name in found if name.partition(".")[0] != "handwriting_workshop"}


def warm_up(exercises: Path) -> None:
    """Import what tests and the summary need, and take one training step: the first one is slow."""
    for name in NEEDED:
        importlib.import_module(name)
    for name in sorted(imports_of_suites(exercises)):
        with contextlib.suppress(Exception):  # the tests will tell
            importlib.import_module(name)
    with contextlib.suppress(OSError):
        Workspace(exercises.parent, load_course()).next()  # what it finds in the files is kept (`gaps.py`)
    import torch

    layer = torch.nn.Conv2d(1, 2, 3)
    layer(torch.zeros(1, 1, 8, 8)).sum().backward()
    torch.optim.AdamW(layer.parameters()).step()
    gc.collect()
    gc.freeze()  # pytest collects garbage twice, and shall not look through all of this


def main() -> int:
    """Wait for a line with pytest's arguments; its exit status."""
    warm_up(Path(sys.argv[1]))
    line = sys.stdin.readline()
    if not line:  # nobody needs it any more
        return 0
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        sys.stdin = nothing
        early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # that we have imported pytest's plugins already
        status = int(pytest.main([*json.loads(line), *early]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # taking PyTorch apart would take longer than the tests


if __name__ == "__main__":
    sys.exit(main())
