"""The folder that interns get: `workshop dev handout OUT`. No solutions, no hidden tests, no module that they are to write.

Before it is given away, all of its text is searched for solutions; `.workshop/handout.json` lists its files, so that a newer
handout can be merged into an intern's tree (`grading/learning/update.py`).
"""

import hashlib
import io
import json
import re
import shutil
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

from grading.authoring.generate import REFERENCE, SOLUTIONS, STUBS, course_files
from grading.authoring.notebooks import TOURS, read_tour
from grading.authoring.stubs import find_regions
from grading.learning.workspace import PRISTINE
from grading.manifest import Course
from grading.packing_list import course_version

LISTING = ".workshop/handout.json"
TOOLS = ("__init__", "__main__", "cli", "files", "manifest", "packing_list")
RUNTIME = (
    "__init__",
    "box",
    "codec",
    "forbidden",
    "importing",
    "machine",
    "messages",
    "notebook",
    "overlay",
    "own_code",
    "pytest_plugin",
    "recognition",
)
WIRE = ("__init__", "values", "wire")
"""Files of `grading/judging` that a laptop needs, too: results there take the same form as in a sandbox."""
DATA = ("grading/steps.toml", "grading/mistakes.json", "LICENSE")
HINTS = ("grading/steps.toml",)
"""Hints may say almost all: this file is not searched for solutions."""


def make_handout(root: Path, course: Course, out: Path, *, self_study: bool = False) -> int:
    """Write the handout to a new folder, or to none at all if it would leak; the exit status.

    Raises:
        FileExistsError: the folder has something in it, or is the one that we are in.
    """
    out = out.resolve()
    if out == Path.cwd():
        raise FileExistsError(f"{out} is the folder that you are in; give a new one, such as {out / 'handout'}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is not empty; give a new folder, and interns take it over with `workshop update`")
    files = handout_files(root, course, self_study=self_study)
    if found := [*leaks(root, course, files)]:
        print("\n".join(found), file=sys.stderr)
        print("nothing was written: this handout would give answers away", file=sys.stderr)
        return 1
    temporary = out.with_name(f".{out.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    for path, data in files.items():
        (temporary / path).parent.mkdir(parents=True, exist_ok=True)
        (temporary / path).write_bytes(data)
    if out.exists():
        out.rmdir()
    temporary.replace(out)
    print(f"{len(files)} files in {out}; no solution in them{' outside of solutions/' if self_study else ''}")
    return 0


def handout_files(root: Path, course: Course, *, self_study: bool = False) -> dict[str, bytes]:
    """Path -> content of every file of the handout."""
    files: dict[str, bytes] = {}
    for path, text in course_files(root, course).items():
        if path.startswith(f"{STUBS}/") and path.endswith((".py", ".ipynb")):
            files[path] = files[f"{PRISTINE}/{path.removeprefix(f'{STUBS}/')}"] = text.encode()
        elif self_study and path.startswith(f"{SOLUTIONS}/"):
            files[path] = text.encode()
    for path in _copied(root, course):
        files[path] = (root / path).read_bytes()
    readme = (root / "grading/authoring/handout.md").read_text(encoding="utf-8").splitlines(keepends=True)
    files["README.md"] = "".join(line for line in readme if self_study or "workshop solution" not in line).encode()
    files["constraints.txt"] = (root / ".ci/constraints.txt").read_bytes()
    files["pyproject.toml"] = _project(root).encode()
    files[".gitattributes"] = b"* -text\n"  # `workshop update` compares bytes, and Git for Windows changes the ends of lines
    files[".gitignore"] = (
        b".venv/\n__pycache__/\n*.egg-info/\n.pytest_cache/\n.workshop/backups/\nmy_workshop_results/\n*-submission.zip\n"
    )
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())}
    files[LISTING] = (json.dumps({"version": course_version(root) or "0", "files": digests}, indent=1) + "\n").encode()
    return files


def _copied(root: Path, course: Course) -> Iterator[str]:
    """Files that are the same in the repository and in the handout."""
    to_write = {module for step in course.steps for module in step.modules}
    for path in sorted((root / REFERENCE).rglob("*")):
        parts = path.relative_to(root).parts
        is_litter = "__pycache__" in parts or any(part.startswith(".") for part in parts)  # an editor's copy of a solution, say
        if path.is_file() and not is_litter and not (path.suffix == ".py" and path.stem in to_write):
            yield "/".join(parts)
    yield f"{STUBS}/AGENTS.md"
    for step in course.steps:
        for pattern in ("README.md", "*.png", "test_*.py"):
            yield from (path.relative_to(root).as_posix() for path in sorted((root / STUBS / step.folder).glob(pattern)))
    yield from (f"grading/{name}.py" for name in TOOLS)
    yield from (f"grading/runtime/{name}.py" for name in (*RUNTIME, "spare", "suite", "targets"))
    yield from (f"grading/judging/{name}.py" for name in WIRE)
    yield from (path.relative_to(root).as_posix() for path in sorted((root / "grading/learning").glob("*.py")))
    yield from DATA


def _project(root: Path) -> str:
    """The handout's own pyproject.toml: the same packages, and pytest set up in the same way."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    dependencies = "".join(f"    {json.dumps(text)},\n" for text in project["project"]["dependencies"])
    draw, notebook = (json.dumps(project["project"]["optional-dependencies"][extra]) for extra in ("draw", "notebook"))
    return f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "handwriting-workshop"
version = "{course_version(root) or 0}"
description = "Computer vision on handwriting, test first: the exercises"
license = "MIT"
requires-python = "{project["project"]["requires-python"]}"
dependencies = [
{dependencies}]

[project.optional-dependencies]
draw = {draw}
notebook = {notebook}

[project.scripts]
workshop = "grading.cli:main"

[tool.setuptools.packages.find]
include = ["handwriting_workshop*", "grading*"]

[tool.pytest.ini_options]
testpaths = ["exercises"]
addopts = ["--strict-markers", "--import-mode=importlib", "-p", "grading.runtime.pytest_plugin"]
pythonpath = ["."]
"""


# --- Leaks ------------------------------------------------------------------------------------------------------------------


def leaks(root: Path, course: Course, files: dict[str, bytes]) -> Iterator[str]:
    """Places in a handout's text where a solution of two or more lines or a mark scheme stands, or the name of a hidden test."""
    regions = dict(_solutions(root, course)) | dict(_mark_schemes(root, course))
    hidden = {
        name
        for path in sorted((root / "grading/hidden").rglob("*.py"))
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    for path, data in files.items():
        if path in HINTS or path.startswith(f"{SOLUTIONS}/"):
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        text = _cells_of(text) if path.endswith(".ipynb") else text
        words = f" {_words(text, is_python=path.endswith('.py'))} "
        yield from (
            f"{path}: holds the {'' if 'mark' in number else 'solution of '}{number}"
            for number, code in regions.items()
            if f" {code} " in words
        )
        yield from (f"{path}: names the hidden test {name}" for name in sorted(hidden) if f" {name} " in words)


def _cells_of(notebook: str) -> str:
    """The text of all cells: in the file, quotation marks and line breaks would hide a solution from the search."""
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(notebook)["cells"])


def _solutions(root: Path, course: Course) -> Iterator[tuple[str, str]]:
    """(exercise and line, its solution in words) of each gap with two or more lines of code."""
    for module in sorted({exercise.module for exercise in course.exercises()}):
        text = (root / REFERENCE / f"{module}.py").read_text(encoding="utf-8")
        lines = text.split("\n")
        for region in find_regions(text):
            body = [line for line in lines[region.begin : region.end - 1] if line.strip() and not line.strip().startswith("#")]
            if len(body) >= 2:
                yield f"{region.exercise} ({module}.py:{region.begin})", _words("\n".join(body), is_python=False)


def _mark_schemes(root: Path, course: Course) -> Iterator[tuple[str, str]]:
    """(`mark scheme of step 3, line 2`, its words) of each line of a mark scheme that says something."""
    for step in course.steps:
        path = root / TOURS / f"{step.folder}.md"
        if path.is_file():
            for line, text in enumerate(read_tour(path, step).mark_scheme.splitlines(), start=1):
                if len(words := _words(text, is_python=False).split()) >= 8:
                    yield f"mark scheme of step {step.number}, line {line}", " ".join(words)


def _words(text: str, *, is_python: bool) -> str:
    """A text as its words and signs, one blank between them: without comments, layout and line breaks."""
    if is_python:
        try:
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            text = "\n".join(token.string for token in tokens if token.type != tokenize.COMMENT)
        except (tokenize.TokenError, SyntaxError):
            pass
    else:
        text = re.sub(r"(?m)\s#.*$", "", text)
    return " ".join(re.findall(r"\w+|[^\w\s]", text))
