"""Names that an answer may not use, because they would skip the lesson: found in the text, without running it."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path


def uses(path: Path, forbidden: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(line, name) of each use of a forbidden name (`MultiheadAttention`, `sklearn.metrics`) in a file that Python can read.

    Text that was made so that it cannot be searched counts as if it used them all.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (RecursionError, MemoryError):
        yield from ((1, name) for name in forbidden)
        return
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        for used in _names(node):
            for name in forbidden:
                if f".{name}." in f".{used}.":
                    yield getattr(node, "lineno", 1), name


def _names(node: ast.AST) -> Iterator[str]:
    """Dotted names that one node of a program uses."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield ast.unparse(node) if isinstance(node.value, ast.Name | ast.Attribute) else node.attr
    elif isinstance(node, ast.Name):
        yield node.id
