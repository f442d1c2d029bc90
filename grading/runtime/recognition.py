"""Known mistakes are recognised by what they give: each has left a fingerprint in every test that it fails.

A fingerprint is the last result of a test's acts, in a few numbers that do not depend on the processor's rounding. They are made
from the wrong answers in `grading/mutants/` by `workshop dev mutants --record`, and kept in `grading/mistakes.json`.
"""

import json
import math
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grading.runtime.box import Failure

FILE = Path(__file__).parents[1] / "mistakes.json"

Fingerprints = dict[str, Any]
"""Name of a test -> fingerprint, for each test that failed."""


def fingerprint(result: Any) -> Any:
    """Plain data in short: of arrays the shape and four figures, of text and bytes their beginning, of errors the type.

    None if that cannot be told: numbers may be made to overflow, and no answer may stop the judge.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _fingerprint(result)
        except (ArithmeticError, ValueError, TypeError, RuntimeError, MemoryError):
            return None


def _fingerprint(result: Any) -> Any:
    if result is None:
        return {"nothing": True}
    if isinstance(result, Failure):
        return {"error": result.type}
    if isinstance(result, torch.Tensor):
        result = (result.float() if result.dtype == torch.bfloat16 else result).numpy()
    if isinstance(result, np.ndarray):
        return {"shape": list(result.shape), "kind": result.dtype.kind, "figures": _figures(result)}
    if isinstance(result, dict):
        return {str(key): _fingerprint(value) for key, value in result.items()}
    if isinstance(result, list | tuple):
        is_long_vector = len(result) > 12 and all(isinstance(value, int | float) for value in result)
        return _fingerprint(np.asarray(result, dtype=float)) if is_long_vector else [_fingerprint(value) for value in result]
    if isinstance(result, bytes):
        return f"{len(result)} bytes"
    if isinstance(result, float):
        return float(f"{result:.6g}")
    return result[:200] if isinstance(result, str) else result


def _figures(array: "np.ndarray[Any, Any]") -> list[float]:
    """Mean, spread, a mean with growing weights (which sees the order), and the first number."""
    flat = np.nan_to_num(array.ravel().astype(np.float64), nan=-1e9, posinf=1e9, neginf=-1e9)
    if not len(flat):
        return []
    figures = (flat.mean(), flat.std(), (flat * np.linspace(0, 1, len(flat))).mean(), flat[0])
    return [float(f"{figure:.6g}") for figure in figures]


def alike(first: Any, second: Any) -> bool:
    """Whether two fingerprints are of the same result, rounding apart."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(alike(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(alike, first, second))
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-3, abs_tol=1e-5)
    return type(first) is type(second) and bool(first == second)


def as_text(known: Mapping[str, Mapping[str, Fingerprints]]) -> str:
    """The file's text: one line per mistake, so that a change can be read in a diff."""
    lines = []
    for number, mistakes in sorted(known.items()):
        inner = [f"  {json.dumps(name)}: {json.dumps(tests, sort_keys=True)}" for name, tests in sorted(mistakes.items())]
        lines.append(f" {json.dumps(number)}: {{\n" + ",\n".join(inner) + "\n }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def known_mistakes(path: Path = FILE) -> dict[str, dict[str, Fingerprints]]:
    """Exercise -> mistake -> its fingerprints; empty where no such file was made."""
    if not path.is_file():
        return {}
    known: dict[str, dict[str, Fingerprints]] = json.loads(path.read_text(encoding="utf-8"))
    return known


def recognise(failed: Fingerprints, passed: set[str], known: Mapping[str, Fingerprints]) -> str | None:
    """The one mistake that explains all tests of an exercise: fails those that failed, in this way, and no other that was run.

    A test without a fingerprint (None) tells nothing: what training gives differs between processors.
    """
    failed = {name: given for name, given in failed.items() if given is not None}
    run = failed.keys() | passed
    fitting = [
        name
        for name, fingerprints in known.items()
        if fingerprints.keys() & run == failed.keys() and all(alike(failed[test], fingerprints[test]) for test in failed)
    ]
    return fitting[0] if failed and len(fitting) == 1 else None
