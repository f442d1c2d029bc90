"""Gaps in an intern's file, found in its text: which are open, and which functions they are in. Nothing is imported or run.

The same few texts are asked about for every exercise, so what was found in them is kept.
"""

import ast
import functools
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TODO = re.compile(r"TODO (\d+\.\d+): ")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, as Python counts them: `str.splitlines` also ends one at a form feed or at U+2028."""
    return io.StringIO(text).readlines()


@dataclass(frozen=True)
class Lines:
    """Lines of a file, counted from 1, both ends included."""

    first: int
    last: int

    def of(self, text: str) -> str:
        """These lines of a text."""
        return "".join(split_lines(text)[self.first - 1 : self.last])

    def replaced(self, text: str, new: str) -> str:
        """The text with others in place of these lines."""
        lines = split_lines(text)
        return "".join([*lines[: self.first - 1], new, *lines[self.last :]])


@functools.lru_cache(maxsize=32)
def parsed(text: str) -> ast.Module:
    """A file's program.

    Raises:
        SyntaxError: Python cannot read it; also where it is not UTF-8 (`workspace.read_source`).
    """
    try:
        return ast.parse(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise SyntaxError("this is not UTF-8; save the file as UTF-8", (None, line, None, None)) from None
    except ValueError as error:  # null bytes
        raise SyntaxError(str(error), (None, 1, None, None)) from None


@functools.lru_cache(maxsize=32)
def open_gaps(text: str) -> Mapping[str, int]:
    """Exercise -> line of its first open gap; found line by line where Python cannot read the text."""
    try:
        tree = parsed(text)
    except SyntaxError:
        found = [(line, content) for line, content in enumerate(split_lines(text), start=1) if "NotImplementedError" in content]
    else:
        found = [
            (node.lineno, ast.unparse(node.exc))
            for node in _reached(tree.body)
            if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
        ]
    gaps: dict[str, int] = {}
    for line, content in sorted(found):
        if (todo := TODO.search(content)) is not None:
            gaps.setdefault(todo[1], line)
    return MappingProxyType(gaps)


def _reached(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that can be reached, outer ones first: none below a `return`, or in a function that is defined again below."""
    again = {node.name: node for node in body if isinstance(node, Function | ast.ClassDef) and not node.decorator_list}
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and again.get(node.name, node).lineno > node.lineno:
            continue
        yield node
        for part in (node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())):  # of `try` and of `match`
            for name in ("body", "orelse", "finalbody"):
                yield from _reached(getattr(part, name, []))
        if isinstance(node, ast.Return | ast.Raise):
            return


def functions_with_gap(stub: str, exercise: str) -> list[str]:
    """The functions of an untouched stub that hold the gaps of an exercise: `SimpleCNN.forward`, in their order."""
    return [name for name, raised in _raised(stub) if f"TODO {exercise}: " in raised]


@functools.lru_cache(maxsize=32)
def _raised(stub: str) -> tuple[tuple[str, str], ...]:
    """(function, what it raises) for each function of a module."""
    return tuple(
        (name, "\n".join(ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Raise)))
        for name, function in _functions(parsed(stub))
    )


def lines_of(text: str, function: str) -> Lines | None:
    """Where a function stands, decorators included; the last of its name, as Python has it. None if there is none.

    Raises:
        SyntaxError: Python cannot read the text.
    """
    node = dict(_functions(parsed(text))).get(function)
    if node is None:
        return None
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return Lines(first, node.end_lineno or node.lineno)


def digest_of(text: str, functions: list[str]) -> str | None:
    """A short name for what some functions do, with all of the file that they use, the same whatever its comments and blanks.

    None if the text cannot be read.
    """
    try:
        tree = parsed(text)
    except SyntaxError:
        return None
    return _digest_of(tree, tuple(functions))


@functools.lru_cache(maxsize=256)
def _digest_of(tree: ast.Module, functions: tuple[str, ...]) -> str:
    """The same of a program, which is parsed once for all exercises in it."""
    known: dict[str, ast.stmt] = {name: node for node in tree.body for name in _defined(node)} | dict(_functions(tree))
    used = {name for function in functions for name in _uses(function, known)}
    code = [ast.unparse(known[name]) if name in known else "" for name in functions]
    code += [ast.unparse(known[name]) for name in sorted(used.difference(functions))]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]


def _uses(function: str, known: Mapping[str, ast.stmt]) -> set[str]:
    """What a function uses of its file, directly or by others: names of the module, and (as attributes) of its own class."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        name = waiting.pop()
        owner = name.partition(".")[0] if "." in name else ""
        for node in ast.walk(known[name]) if name in known else ():
            if isinstance(node, ast.Name | ast.Attribute):
                meant = node.id if isinstance(node, ast.Name) else f"{owner}.{node.attr}"
                if meant in known and meant not in found:
                    found.add(meant)
                    waiting.append(meant)
    return found


def _defined(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module gives to something of its own."""
    if isinstance(node, Function | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """(name with that of its class, function) of all functions of a module and of its classes."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Function))
