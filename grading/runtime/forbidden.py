"""Names that an answer may not use, because they would skip the lesson: found in the text, without running it.

Names can be put together while a program runs. So where answers are judged, modules among them are not there at all, or, where
other libraries import them, without what is forbidden (`grading/judging/staging.py`), and functions of libraries that stay
there raise when they are called. The latter is a fence, not a wall: what an exercise asks for also lies in PyTorch's tables of
decompositions, and in source files that can be loaded again. A test says so: `tests/attacks/limit_decomposition.py`.
"""

import ast
import functools
import importlib
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

REPLACED = {
    "make_grid": ("torchvision.utils.make_grid",),
    "affine_grid": ("aten::affine_grid_generator", "torch._decomp.decompositions.affine_grid_generator"),
    "_geometry._affine_grid": ("torchvision.transforms.v2.functional._geometry._affine_grid",),
    "_functional_tensor._gen_affine_grid": ("torchvision.transforms._functional_tensor._gen_affine_grid",),
    "resnet.BasicBlock": ("torchvision.models.resnet.BasicBlock", "timm.models.resnet.BasicBlock"),
    "dla.DlaBasic": ("timm.models.dla.DlaBasic",),
    "MultiheadAttention": (
        "torch.nn.MultiheadAttention",
        "torch.nn.functional.multi_head_attention_forward",
        "aten::_native_multi_head_attention",
    ),
    "scaled_dot_product_attention": (
        "aten::scaled_dot_product_attention",
        "aten::_scaled_dot_product_attention_math",
        "aten::_scaled_dot_product_flash_attention_for_cpu",
    ),
    "stats.bootstrap": ("scipy.stats.bootstrap",),
}
"""Forbidden name that is no module -> what does that work: operators of PyTorch (`aten::…`), and functions and classes by the
names under which they can be imported."""

OPERATOR = "aten::"
LONGEST = 8
"""Parts of a dotted name that are looked at."""


def uses(path: Path, forbidden: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(line, name) of each use of a forbidden name (`MultiheadAttention`, `sklearn.metrics`) in a file that Python can read.

    Text that was made so that it cannot be searched counts as if it used them all.
    """
    try:
        found = _names_in(path.read_text(encoding="utf-8-sig"))  # with or without Windows' byte order mark, as Python reads it
    except (SyntaxError, ValueError):
        return
    if found is None:
        yield from ((1, name) for name in forbidden)
        return
    for line, used in found:
        for name in forbidden:
            if f".{name}." in f".{used}.":
                yield line, name


@functools.lru_cache(maxsize=32)  # every test of an exercise asks for the same
def _names_in(text: str) -> tuple[tuple[int, str], ...] | None:
    """(line, dotted name) of everything that a program uses; None where it is too deep, which takes a second to find out.

    What Python only warns of is no reason not to look.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (RecursionError, MemoryError):
        return None
    nodes = [*ast.walk(tree)]
    imports_all = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes)
    return tuple((getattr(node, "lineno", 1), name) for node in nodes for name in _names(node, alone=imports_all))


def _names(node: ast.AST, *, alone: bool) -> Iterator[str]:
    """Dotted names that one node of a program uses; names that stand `alone` are the program's own, unless it imports all."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield _dotted(node)
    elif isinstance(node, ast.Name) and alone:
        yield node.id


def _dotted(node: ast.expr) -> str:
    """The last parts of `a.b.c`, more than any forbidden name has: whole chains, each with all in it, would take for ever."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < LONGEST:
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def replace(names: Iterable[str]) -> None:
    """Let forbidden functions and classes raise in this process from now on, wherever a module holds them.

    An operator raises by whatever name it is called, for its kernel is replaced (torch.library).
    """
    wanted = [full for name in names for full in REPLACED.get(name, ())]
    objects = [full for full in wanted if not full.startswith(OPERATOR)]
    for full in objects:
        importlib.import_module(full.rpartition(".")[0])
    if any(full not in holders() for full in objects):
        holders.cache_clear()
    for full in objects:
        module, _, name = full.rpartition(".")
        original = getattr(sys.modules[module], name)
        if isinstance(original, type):  # it stays a class, so that others can be made from it; these refuse as well
            type.__setattr__(original, "__init__", _refusing(name))
            continue
        for fields, field in holders()[full]:
            fields[field] = _refusing(name)
    for full in wanted:
        if full.startswith(OPERATOR):
            operator = full.removeprefix(OPERATOR)
            _operators().impl(operator, _refusing(operator), "CPU")


@functools.cache
def _operators() -> Any:
    """PyTorch's own operators: what is put into them lasts as long as this."""
    return importlib.import_module("torch").library.Library("aten", "IMPL")


@functools.cache
def holders() -> dict[str, list[tuple[dict[str, Any], str]]]:
    """What `REPLACED` names, as far as it is loaded -> where modules hold it: (fields of a module, name among them).

    Looking through all modules takes longer than many an exercise's tests; so a process that forks workers looks once.
    """
    found: dict[str, list[tuple[dict[str, Any], str]]] = {}
    originals: dict[int, str] = {}
    for full in [full for names in REPLACED.values() for full in names if not full.startswith(OPERATOR)]:
        module, _, name = full.rpartition(".")
        if module in sys.modules:
            originals[id(getattr(sys.modules[module], name))] = full
            found[full] = []
    for holder in [*sys.modules.values()]:
        fields = getattr(holder, "__dict__", {})
        for field, value in [*fields.items()]:
            if id(value) in originals:
                found[originals[id(value)]].append((fields, field))
    return found


def _refusing(name: str) -> Any:
    """What stands in its place."""

    def refuse(*_arguments: Any, **_settings: Any) -> Any:
        raise RuntimeError(f"{name} may not be used in this exercise")

    return refuse
