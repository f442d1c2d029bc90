"""Markers in the reference's text, and the two texts made from it: a stub with gaps, and the solution without markers.

Nothing is imported or run here, only read: a marked region looks so, at the indent of a statement:

    ### BEGIN SOLUTION 3.2
    …
    ### END SOLUTION
    ### BEGIN STUB
    # weights = …  # optional: what stands in the gap instead of the usual two lines, commented out
    ### END STUB
"""

import ast
import io
import json
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from grading.learning.gaps import split_lines

BEGIN, END = re.compile(r"### BEGIN SOLUTION (\d+\.\d+)"), "### END SOLUTION"
BEGIN_STUB, END_STUB = "### BEGIN STUB", "### END STUB"


class MarkerError(ValueError):
    """Markers that cannot be understood; the text begins with the line's number in the module."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"{line}: {message}")
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Region:
    """A gap: the lines that are the answer to an exercise. Line numbers count from 1, both ends included."""

    exercise: str
    begin: int
    """The line of the BEGIN marker."""
    end: int
    """The line of the END marker."""
    indent: str
    stub: tuple[str, ...] | None = None
    """Lines that stand in the gap instead of the usual two, without indent; None where there is no such block."""
    stub_end: int | None = None
    """The line of the END STUB marker."""

    @property
    def last(self) -> int:
        """The last line that belongs to it, whichever marker that is."""
        return self.stub_end or self.end


def find_regions(text: str) -> list[Region]:
    """All gaps of a module, from the top down.

    Raises:
        MarkerError: unbalanced or nested markers, an empty region, a marker beside code or in a string or outside of a function.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise MarkerError(error.lineno or 1, f"Python cannot read this: {error.msg}") from None
    lines = text.split("\n")  # as `tokenize` counts them
    regions: list[Region] = []
    opened: tuple[str, int, str] | None = None
    stub_opened: int | None = None
    for number, indent, marker in _markers(text):
        if (begin := BEGIN.fullmatch(marker)) is not None:
            if opened or stub_opened:
                outer = opened[1] if opened else stub_opened
                raise MarkerError(number, f"a region begins inside of the one that begins in line {outer}")
            opened = (begin[1], number, indent)
        elif marker == END:
            if opened is None:
                raise MarkerError(number, "a region ends that did not begin")
            exercise, start, expected = opened
            if indent != expected:
                raise MarkerError(number, f"the markers of {exercise} must have one indent (it begins in line {start})")
            if not any(_is_code(line) for line in lines[start : number - 1]):
                raise MarkerError(start, f"the region of {exercise} has no code in it")
            regions.append(Region(exercise=exercise, begin=start, end=number, indent=indent))
            opened = None
        elif marker == BEGIN_STUB:
            if opened or stub_opened or not regions or regions[-1].end != number - 1:
                raise MarkerError(number, f"a stub block must follow {END} at once")
            stub_opened = number
        elif marker == END_STUB:
            if stub_opened is None:
                raise MarkerError(number, "a stub block ends that did not begin")
            regions[-1] = replace(regions[-1], stub=_uncommented(lines, stub_opened, number), stub_end=number)
            stub_opened = None
        else:
            known = f"### BEGIN SOLUTION 3.2, {END}, {BEGIN_STUB} or {END_STUB}"
            raise MarkerError(number, f"cannot understand {marker!r}; write {known}")
    if opened or stub_opened:
        raise MarkerError((opened or ("", stub_opened or 0))[1], "a region begins that does not end")
    _check_places(tree, regions)
    return regions


def make_stub(text: str, goals: Mapping[str, str]) -> str:
    """The module with gaps; the goal of each exercise, by its number, stands in its gap.

    Raises:
        MarkerError: as `find_regions`, an exercise without a goal, or a gap that changes what is public.
    """
    stub = _replaced(text, find_regions(text), lambda region: _gap(region, goals))
    try:
        tree = ast.parse(stub)
    except SyntaxError as error:
        raise MarkerError(error.lineno or 1, f"the stub is no Python: {error.msg}") from None
    if _signatures(tree) != _signatures(ast.parse(text)):
        raise MarkerError(1, "the stub's public names or signatures differ from the reference's")
    return stub


def make_solution(text: str) -> str:
    """The module as it is, without markers."""
    lines = split_lines(text)
    return _replaced(text, find_regions(text), lambda region: "".join(lines[region.begin : region.end - 1]))


def splice(text: str, exercise: str, body: str) -> str:
    """The solution with another answer to one exercise: `body`, without indent, stands in its gap.

    An exercise with several gaps has several answers, divided by lines `# ---`; a gap whose answer is empty or not given keeps
    the solution. Comments before the first line of code are no part of an answer.

    Raises:
        KeyError: the module has no such exercise.
        ValueError: more answers than gaps, or none.
    """
    lines = split_lines(text)
    regions = find_regions(text)
    gaps = [region.begin for region in regions if region.exercise == exercise]
    if not gaps:
        raise KeyError(f"there is no exercise {exercise} in this module")
    answers = [_without_head(answer) for answer in re.split(r"^# ---$\n?", textwrap.dedent(body), flags=re.MULTILINE)]
    if len(answers) > len(gaps) or not any(answers):
        raise ValueError(f"exercise {exercise} has {len(gaps)} gap(s), and {len([*filter(None, answers)])} answers were given")
    given = {gap: answer for gap, answer in zip(gaps, answers, strict=False) if answer}

    def instead(region: Region) -> str:
        if region.begin in given:
            return textwrap.indent(given[region.begin], region.indent)
        return "".join(lines[region.begin : region.end - 1])

    return _replaced(text, regions, instead)


def _without_head(answer: str) -> str:
    """An answer from its first line of code on; empty if it has none."""
    lines = answer.strip("\n").splitlines()
    first = next((place for place, line in enumerate(lines) if _is_code(line)), len(lines))
    return "".join(f"{line}\n" for line in lines[first:])


def _markers(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, indent, marker) of each marker comment that stands alone in its line."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    for token in tokens:
        has_marker = re.search(r"###\s*(BEGIN|END)\b", token.string) is not None
        if token.type == tokenize.COMMENT and has_marker:
            before = token.line[: token.start[1]]
            if before.strip():
                raise MarkerError(token.start[0], "a marker must stand alone in its line")
            yield token.start[0], before, token.string.strip()
        elif token.type == tokenize.STRING and has_marker:
            raise MarkerError(token.start[0], "a string holds a marker, and would be cut there")


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _uncommented(lines: list[str], begin: int, end: int) -> tuple[str, ...]:
    """The lines of a stub block without their `# `."""
    found = []
    for number in range(begin + 1, end):
        content = re.match(r"\s*# ?(.*)", lines[number - 1])
        if content is None:
            raise MarkerError(number, "every line of a stub block must be a comment")
        found.append(content[1])
    if not any(found):
        raise MarkerError(begin, "the stub block is empty")
    return tuple(found)


def _check_places(tree: ast.Module, regions: list[Region]) -> None:
    """Each region must hold whole statements of a function's body."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    bodies = [statement for function in functions for statement in _statements(function)]
    for region in regions:
        inside = [node for node in bodies if region.begin < node.lineno and (node.end_lineno or 0) < region.end]
        cut = [node for node in bodies if node.lineno < region.begin < (node.end_lineno or 0) < region.end]
        if not inside or cut:
            raise MarkerError(region.begin, f"the region of {region.exercise} must hold whole statements of one function")
        if len(region.indent) != min(node.col_offset for node in inside):
            raise MarkerError(region.begin, f"the markers of {region.exercise} must stand at the indent of its statements")


def _statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.stmt]:
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            yield node


def _gap(region: Region, goals: Mapping[str, str]) -> str:
    """What stands in the stub instead of the answer."""
    if region.exercise not in goals:
        raise MarkerError(region.begin, f"exercise {region.exercise} is not in the manifest")
    todo = f"TODO {region.exercise}: {goals[region.exercise]}"
    ending = f"raise NotImplementedError({json.dumps(todo, ensure_ascii=False)})"
    if region.stub and ending not in map(str.strip, region.stub):
        raise MarkerError(region.end + 1, f"the stub block of {region.exercise} must have the line # {ending}")
    lines = region.stub or (f"# {todo}", ending)
    return "".join(f"{region.indent}{line}".rstrip() + "\n" for line in lines)


def _replaced(text: str, regions: list[Region], instead: Callable[[Region], str]) -> str:
    """The text with other lines in place of each region, markers and stub block included."""
    lines = split_lines(text)
    parts, at = [], 0
    for region in regions:
        parts += [*lines[at : region.begin - 1], instead(region)]
        at = region.last
    return "".join([*parts, *lines[at:]])


def _signatures(tree: ast.Module) -> list[str]:
    """All classes and functions with their decorators, arguments and docstrings, bodies apart."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            returns = "" if node.returns is None else ast.unparse(node.returns)
            found.append(f"{node.name}({ast.unparse(node.args)}) -> {returns} {decorators} {ast.get_docstring(node)!r}")
        elif isinstance(node, ast.ClassDef):
            found.append(f"{node.name}({[ast.unparse(base) for base in node.bases]}) {ast.get_docstring(node)!r}")
    return sorted(found)
