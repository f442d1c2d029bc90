"""The guided tour of each step, `stepN.ipynb`: for instructors, with the mark scheme, and as it is released to interns.

A tour is made of the manifest (goals, points, order), the stubs' docstrings, and a text by hand, `grading/tours/stepN.md`: prose
and picture cells for some exercises, one question, and how it is marked. The released notebook has the very bytes that
`nbgrader generate_assignment` makes of the other one, so that handouts need no nbgrader; a test compares them.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.manifest import Exercise, Step

TOURS = "grading/tours"
Cell = dict[str, Any]

ANSWER = "YOUR ANSWER HERE"
"""What nbgrader puts in place of a written answer; while it stands there, the question is worth nothing."""

QUESTION_POINTS = 2
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
BLOCK = re.compile(r"(?ms)^```python\n(.*?)^```$")
"""A picture cell in a tour."""

SETUP = "from grading.runtime.notebook import check, own_code, show"
"""The first cell of code: what all others use."""


class TourError(ValueError):
    """A tour's text that cannot be understood: file, and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Tour:
    """The text of one step, taken apart."""

    introduction: str
    exercises: dict[str, str]
    """Exercise -> prose, with blocks of Python that become picture cells."""
    question: str
    mark_scheme: str


def read_tour(path: Path, step: Step) -> Tour:
    """The text of a step's tour.

    Raises:
        TourError: there is no such file, a section is missing, or one is of no exercise of this step.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TourError(
            f"there is no {path}: write the tour of step {step.number}, with ## Question and ## Mark scheme"
        ) from None
    except UnicodeDecodeError:
        raise TourError(f"{path}: not UTF-8 text") from None
    introduction, *rest = re.split(r"(?m)^## +(.+)$", text)
    titles = [title.strip() for title in rest[::2]]
    if twice := [title for title in titles if titles.count(title) > 1]:
        raise TourError(f"{path}: there are two sections ## {twice[0]}")
    sections = dict(zip(titles, map(str.strip, rest[1::2]), strict=True))
    question, scheme = sections.pop("Question", ""), sections.pop("Mark scheme", "")
    if not question or not scheme:
        raise TourError(f"{path}: there must be sections ## Question and ## Mark scheme, with text")
    if unknown := sections.keys() - {exercise.id for exercise in step.exercises}:
        choices = ", ".join(exercise.id for exercise in step.exercises)
        raise TourError(
            f"{path}: step {step.number} has no exercise {min(unknown)!r}; sections are {choices}, Question, Mark scheme"
        )
    for title, body in sections.items():
        _check_code(f"{path}, section {title}", body)
    if re.search(r"(BEGIN|END) (SOLUTION|MARK SCHEME|HIDDEN TESTS)|AUTOTEST", text):
        raise TourError(
            f"{path}: holds words by which nbgrader cuts notebooks (BEGIN SOLUTION and the like); write them differently"
        )
    return Tour(introduction=introduction.strip(), exercises=sections, question=question, mark_scheme=scheme)


def _check_code(where: str, body: str) -> None:
    """Blocks of another kind would become text, and code that cannot be read an error in each intern's notebook.

    Raises:
        TourError: there is one.
    """
    rest = BLOCK.sub("", body)
    if "```" in rest:
        raise TourError(
            f"{where}: code must stand between lines ```python and ```; what else there is: {rest[rest.index('```') :][:40]!r}"
        )
    for code in BLOCK.findall(body):
        try:
            ast.parse(code)
        except SyntaxError as error:
            raise TourError(f"{where}: Python cannot read {(error.text or '').strip()!r}: {error.msg}") from None


def grade_id(exercise: Exercise) -> str:
    """The name of an exercise's graded cell, which is also its name in the gradebook: `exercise-3-2`."""
    return f"exercise-{exercise.id.replace('.', '-')}"


def question_id(step: Step) -> str:
    """The name of a step's written answer: `question-3`."""
    return f"question-{step.number}"


def source_notebook(step: Step, tour: Tour, stubs: dict[str, str]) -> str:
    """The instructor's notebook, for nbgrader's `source/`: with the mark scheme, which nbgrader takes out on release.

    `stubs` are the texts of the step's modules.
    """
    return _written([*_cells(step, tour, stubs)])


def release_notebook(source: str) -> str:
    """What `nbgrader generate_assignment` makes of an instructor's notebook: locked, without the mark scheme, with checksums."""
    cells = json.loads(source)["cells"]
    for cell in cells:
        text = "".join(cell["source"])
        cell["source"] = re.sub(r"(?ms)^### BEGIN SOLUTION\n.*^### END SOLUTION$", ANSWER, text)
        marks = cell["metadata"].get("nbgrader")
        if marks is None:
            continue
        cell["metadata"]["deletable"] = False
        if not marks["solution"]:
            cell["metadata"]["editable"] = False
        marks["checksum"] = _checksum(cell)
        marks["cell_type"] = cell["cell_type"]
    return _written(cells)


# --- Cells ------------------------------------------------------------------------------------------------------------------


def _cells(step: Step, tour: Tour, stubs: dict[str, str]) -> Iterator[Cell]:
    """All cells, in their order."""
    number = step.number
    introduction = f"# Step {number}: {step.title}\n\n{tour.introduction}"
    yield _cell("markdown", f"about-step-{number}", introduction, locked=True)
    yield _cell("code", f"setup-{number}", SETUP, locked=True)
    for exercise in step.exercises:
        prose, *code = BLOCK.split(tour.exercises.get(exercise.id, ""))
        name = grade_id(exercise)
        yield _cell("markdown", f"about-{name}", f"{_heading(exercise, stubs)}\n\n{prose.strip()}".strip(), locked=True)
        for place, part in enumerate(code):
            if part.strip():
                yield _cell(
                    "code" if place % 2 == 0 else "markdown", f"{name.replace('exercise', 'picture')}-{place + 1}", part.strip()
                )
        if exercise.optional:
            yield _cell("code", name, f'check("{exercise.id}");', locked=True)
        else:
            yield _cell("code", name, f'check("{exercise.id}")', locked=True, points=exercise.points)
    worth = f"({QUESTION_POINTS} points. Write your answer into the cell below, in a few sentences.)"
    question = f"## Question\n\n{tour.question}\n\n{worth}"
    yield _cell("markdown", f"about-{question_id(step)}", question, locked=True)
    answer = f"### BEGIN SOLUTION\n{tour.mark_scheme}\n### END SOLUTION"
    yield _cell("markdown", question_id(step), answer, solution=True, points=QUESTION_POINTS)


def _cell(kind: str, name: str, text: str, *, locked: bool = False, solution: bool = False, points: int | None = None) -> Cell:
    """A cell whose id is its name; one that is neither locked nor an answer means nothing to nbgrader."""
    cell: Cell = {"cell_type": kind, "id": name, "metadata": {}, "source": text}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if locked or solution:
        cell["metadata"]["nbgrader"] = {
            "schema_version": 3,
            "grade_id": name,
            "grade": points is not None,
            "locked": locked,
            "solution": solution,
            "task": False,
        } | ({} if points is None else {"points": points})
    return cell


def _heading(exercise: Exercise, stubs: dict[str, str]) -> str:
    """Number, name, goal and worth of an exercise, where it is written, and what its docstring promises first."""
    worth = "optional, no points" if exercise.optional else f"{exercise.points} points"
    dots = "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)
    facts = f"{worth} · {exercise.minutes} minutes · {dots} · in [`{exercise.module}.py`]({exercise.module}.py)"
    promise = _first_paragraph(stubs[exercise.module], exercise.name)
    return f"## {exercise.id} `{exercise.name}`\n\n**{exercise.goal[0].upper()}{exercise.goal[1:]}.** {facts}\n\n> {promise}"


def _first_paragraph(text: str, name: str) -> str:
    """The first paragraph of the docstring of a function, method or class; of the first one if there are several."""
    node: Any = ast.parse(text)
    for part in name.partition(",")[0].split("."):
        node = next(each for each in node.body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == part)
    return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def _checksum(cell: Cell) -> str:
    """As nbgrader computes it (`nbgrader.utils.compute_checksum`): of all in a cell that must not change."""
    marks = cell["metadata"]["nbgrader"]
    grade, solution = marks["grade"], marks["solution"]
    parts = [cell["source"], cell["cell_type"], grade, solution, marks["locked"] and not solution, marks["grade_id"]]
    if grade:
        parts.append(float(marks["points"]))
    return hashlib.md5("".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def _written(cells: list[Cell]) -> str:
    """A notebook's file, as Jupyter writes it: sorted keys, and text line by line."""
    lines = [cell | {"source": cell["source"].splitlines(keepends=True)} for cell in cells]
    notebook = {"cells": lines, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
