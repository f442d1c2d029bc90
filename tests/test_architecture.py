"""The house keeps its rules: imports point one way, steps stand alone, and help needs no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "handwriting_workshop"

STEPS = {
    "synthetic": 1,
    "sources": 1,
    "data_loader": 2,
    "models": 3,
    "profiling": 3,
    "training": 4,
    "model_trainer": 4,
    "trainer": 4,
    "evaluator": 5,
    "cells": 6,
    "cleaning": 6,
    "curation": 6,
    "dataset_creator": 6,
    "page_finder": 6,
    "scan_report": 6,
    "scanning": 6,
    "sheets": 6,
}
"""The step that each module belongs to; all others are support, or put the whole together."""

TOGETHER = {"workshop_notebook", "cli", "__main__"}
"""Modules that may import every other one."""

MODULES = sorted(path.stem for path in REFERENCE.glob("*.py"))


def imports(path: Path, *, at_import_time: bool = False) -> set[str]:
    """Names of imported modules; at import time means outside of functions and of `if TYPE_CHECKING`."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if at_import_time and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if at_import_time and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}:{child.lineno}: relative import; stubs need absolute ones"
                found.add(str(child.module))
                found.update(f"{child.module}.{alias.name}" for alias in child.names)
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def reference_imports(module: str) -> set[str]:
    """Modules of the reference that one of them imports when it is imported."""
    names = imports(REFERENCE / f"{module}.py", at_import_time=True)
    return {parts[1] for name in names if (parts := name.split("."))[0] == "handwriting_workshop" and len(parts) > 1} & set(
        MODULES
    )


@pytest.mark.parametrize("module", sorted(STEPS))
def test_a_step_imports_no_other_step(module: str) -> None:
    """Collaborators from other steps are looked up when they are called, so that a step can be tested without them."""
    others = {name for name in reference_imports(module) if name in STEPS and STEPS[name] != STEPS[module]}
    assert others == set()


@pytest.mark.parametrize("module", sorted(set(MODULES) - set(STEPS) - TOGETHER))
def test_support_imports_no_step(module: str) -> None:
    """What all steps share depends on none of them, nor on the whole."""
    assert reference_imports(module) & (set(STEPS) | TOGETHER) == set()


def test_imports_of_the_reference_form_no_ring() -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    waiting = {module: reference_imports(module) - {module} for module in MODULES}
    while waiting:
        ready = {module for module, needs in waiting.items() if not needs & set(waiting)}
        assert ready, f"a ring among {sorted(waiting)}"
        waiting = {module: needs for module, needs in waiting.items() if module not in ready}


@pytest.mark.parametrize("path", sorted(REFERENCE.glob("*.py")), ids=lambda path: path.stem)
def test_the_reference_knows_no_grading(path: Path) -> None:
    """The course depends on the reference, never the other way round."""
    assert not {name for name in imports(path) if name.split(".")[0] == "grading"}


@pytest.mark.parametrize("path", sorted((ROOT / "grading").rglob("*.py")), ids=lambda path: path.stem)
def test_grading_imports_neither_torch_nor_the_reference(path: Path) -> None:
    """Only child programs (`runtime/`), hidden tests, wrong answers, stubs may; a broken reference must not break the tools."""
    if {"runtime", "hidden", "mutants", "course"} & set(path.relative_to(ROOT / "grading").parts):
        return
    assert not {name for name in imports(path) if name.split(".")[0] in {"torch", "torchvision", "timm", "handwriting_workshop"}}


@pytest.mark.parametrize(
    "program",
    [
        "import handwriting_workshop",
        "from grading.cli import main; main(['--help'])",
        "from handwriting_workshop.cli import build_parser; build_parser().format_help()",
    ],
)
def test_neither_the_package_nor_any_help_imports_torch(program: str) -> None:
    """So `workshop --help` and `import handwriting_workshop` are instant."""
    check = f"{program}; import sys; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode == 0
