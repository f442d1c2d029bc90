"""Whether the files of a step can be imported, as its tests import them: `python -m grading.runtime.importing ROOT NUMBER`.

The last line of its output is JSON: module -> [line, what went wrong], for each that cannot.
"""

import contextlib
import json
import sys
import traceback
from pathlib import Path

from grading.learning.workspace import Workspace
from grading.manifest import load_course
from grading.runtime.overlay import StepModules


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
    with contextlib.redirect_stdout(sys.stderr):
        found = faults(workspace, int(number))
    print(f"\n{json.dumps(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
