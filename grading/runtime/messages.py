"""What a failed test says: what was called, what came back, what was expected; a picture where a picture says more.

The step suites use `assert_same` where a plain assert would only print two tensors.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

SHADES = " ░▒▓█"
LONGEST_TEXT = 300
"""Characters of a value that is no array; of a longer one, the beginning is shown."""

LARGEST_PICTURE = 34
"""Columns and rows of a picture in the terminal: two of them fit side by side into 80."""


def assert_same(got: Any, expected: Any, call: str, *, tolerance: float = 1e-5, picture: bool = False) -> None:
    """Fail unless two results are equal in shape, kind of number and, within an absolute and relative tolerance, in value.

    `call` is what the learner would type to see the result. With `picture`, two-dimensional results are shown side by side.

    Raises:
        AssertionError: they differ; the text says how, and where first.
    """
    __tracebackhide__ = True
    got_array, expected_array = _array(got), _array(expected)
    if got_array is None:
        is_field = re.search(r"\)\.\w+$", call) is not None  # of a result, such as f(x).labels: something was returned
        values = [] if is_field else got if isinstance(got, list | tuple) else [got]
        remark = ": is a `return` missing?" if any(value is None for value in values) else ""
        raise AssertionError(f"{call}\n  gave      {_described(got)}{remark}\n  expected  {_described(expected)}")
    if got_array.shape == expected_array.shape and np.allclose(
        got_array, expected_array, rtol=tolerance, atol=tolerance, equal_nan=True
    ):
        return
    lines = [call, f"  gave      {_described(got)}", f"  expected  {_described(expected)}"]
    if got_array.shape != expected_array.shape:
        lines.append(f"  the shapes differ: {got_array.shape}, expected {expected_array.shape}")
    else:
        lines += _differences(got_array, expected_array, tolerance)
    if picture:
        shown = {"yours": got_array, "expected": expected_array}
        lines += ["", side_by_side({name: array for name, array in shown.items() if array.ndim >= 2})]
    raise AssertionError("\n".join(lines))


def _array(value: Any) -> Any:
    """Numbers as an array; None for anything else."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        return value.float().numpy() if value.dtype == torch.bfloat16 else value.numpy()
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    return array if array.dtype.kind in "biufc" else None


def _described(value: Any) -> str:
    """A value in one line: small ones whole, large ones by their shape, kind and range."""
    array = _array(value)
    if array is None:
        text = repr(value)
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
    if array.ndim == 0:
        return f"{array.item():.6g}" if array.dtype.kind == "f" else f"{array.item()}"
    kind = str(value.dtype).removeprefix("torch.") if hasattr(value, "dtype") else type(value).__name__
    shape = f"{kind} of shape {tuple(array.shape)}"
    if array.size <= 12:
        return f"{np.array2string(array, precision=5, separator=', ', max_line_width=10_000).replace(chr(10), '')}  ({shape})"
    wrong = int(np.isnan(array).sum()) if array.dtype.kind == "f" else 0
    if wrong == array.size:
        return f"{shape}, all NaN"
    note = f", {wrong} of them NaN" if wrong else ""
    return f"{shape}, from {np.nanmin(array):.5g} to {np.nanmax(array):.5g}, mean {np.nanmean(array):.5g}{note}"


def _differences(got: Any, expected: Any, tolerance: float) -> list[str]:
    """How many numbers differ, and the first of them."""
    differ = ~np.isclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    if got.ndim == 0:
        return []
    first = tuple(int(place) for place in np.argwhere(differ)[0])
    at = ", ".join(map(str, first))
    count = f"{int(differ.sum())} of {differ.size} differ"
    return [f"  {count}; the first at [{at}]: {got[first]:.6g}, expected {expected[first]:.6g}"]


def side_by_side(pictures: dict[str, Any]) -> str:
    """Pictures in block characters, next to each other, with their names above: for the terminal.

    Each has two dimensions, or more with the picture in the last two (the first picture is shown then); its darkest value is a
    space. Larger ones than a terminal's half are thinned.
    """
    blocks = {name: _blocks(np.asarray(picture)) for name, picture in pictures.items()}
    height = max((len(rows) for rows in blocks.values()), default=0)
    columns = []
    for name, rows in blocks.items():
        width = max(len(name), *(len(row) for row in rows))
        columns.append([f"{text:<{width}}" for text in (name, *rows, *[""] * (height - len(rows)))])
    return "\n".join("  ".join(parts).rstrip() for parts in zip(*columns, strict=True))


def _blocks(picture: Any) -> Sequence[str]:
    """A picture's rows, two rows of pixels in each row of characters."""
    while picture.ndim > 2:
        picture = picture[0]
    if 0 in picture.shape:
        return [f"(empty, {' × '.join(map(str, picture.shape))})"]
    step = -(-max(picture.shape) // LARGEST_PICTURE)
    picture = np.nan_to_num(picture[::step, ::step].astype(float))
    low, high = picture.min(initial=0), picture.max(initial=1e-9)
    rows = picture if len(picture) % 2 == 0 else np.vstack([picture, np.full((1, picture.shape[1]), low)])
    halved = rows.reshape(-1, 2, rows.shape[1]).mean(axis=1)
    levels = ((halved - low) / max(high - low, 1e-9) * (len(SHADES) - 1)).round().astype(int)
    return ["".join(SHADES[level] for level in row) for row in levels]
