"""What a failed test says, how known mistakes are recognised, and shortcuts found."""

import ast
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch

from grading.runtime.box import Failure, plain
from grading.runtime.forbidden import uses
from grading.runtime.messages import assert_same, side_by_side
from grading.runtime.recognition import alike, fingerprint, recognise

# --- Messages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (torch.ones(2, 3), torch.ones(2, 3)),
        (torch.ones(2, dtype=torch.float64), torch.ones(2)),
        (np.ones(2), torch.ones(2)),
        ([1.0, 2.0], (1, 2)),
        (1.0000001, 1),
        (torch.tensor([float("nan")]), torch.tensor([float("nan")])),
        (torch.ones(1, dtype=torch.bfloat16), torch.ones(1)),
    ],
)
def test_equal_results_pass_whatever_holds_them(got: object, expected: object) -> None:
    """Tensors, arrays, lists and numbers, rounding apart."""
    assert_same(got, expected, "f(x)")


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (torch.zeros(2, 2), torch.zeros(2, 3), "the shapes differ: (2, 2), expected (2, 3)"),
        (torch.tensor([1.0, 5.0]), torch.tensor([1.0, 2.0]), "1 of 2 differ; the first at [1]: 5, expected 2"),
        (torch.full((20,), float("nan")), torch.zeros(20), "float32 of shape (20,), all NaN"),
        (torch.full((20,), 2), torch.zeros(20), "int64 of shape (20,), from 2 to 2, mean 2"),
        (None, 3, "gave      None: is a `return` missing?"),
        ([None] * 200, torch.zeros(200), "None,…: is a `return` missing?\n  expected  float32"),
        ("three", 3, "gave      'three'"),
        (0.5, 0.25, "gave      0.5\n  expected  0.25"),
        ([[1], [2, 3]], [1], "gave      [[1], [2, 3]]"),
    ],
)
def test_a_difference_is_told_with_call_result_and_expectation(got: object, expected: object, said: str) -> None:
    """Small values whole, large ones by shape, kind and range; the first place where they differ."""
    with pytest.raises(AssertionError) as caught:
        assert_same(got, expected, "f(x)")
    assert str(caught.value).startswith("f(x)\n")
    assert said in str(caught.value)


def test_a_field_that_is_none_is_no_missing_return() -> None:
    """Something was returned, if it has fields."""
    with pytest.raises(AssertionError, match=r"^f\(x\)\.writers\n  gave      None\n  expected  3$"):
        assert_same(None, 3, "f(x).writers")


def test_a_picture_is_shown_in_block_characters() -> None:
    """Two rows of pixels in a row of characters, side by side, names above."""
    left = np.zeros((4, 4))
    left[:2, :2] = 1
    assert side_by_side({"yours": left, "expected": 1 - left}).splitlines() == ["yours  expected", "██       ██", "       ████"]


def test_an_empty_picture_is_shown_as_such() -> None:
    """Its shape, and no error of ours."""
    assert "(empty, 0 × 0)" in side_by_side({"yours": np.zeros((0, 0)), "expected": np.ones((2, 2))})


def test_pictures_fit_into_80_columns() -> None:
    """However large they are."""
    large = np.random.default_rng(0).random((1, 300, 500))
    assert max(map(len, side_by_side({"yours": large, "expected": large}).splitlines())) <= 80


# --- Data out of a box ------------------------------------------------------------------------------------------------------


def test_files_and_figures_come_out_of_a_box_as_data(tmp_path: Path) -> None:
    """A file as its bytes, a figure as its pixels."""
    from matplotlib.figure import Figure

    (tmp_path / "a.bin").write_bytes(b"abc")
    assert plain(tmp_path / "a.bin") == b"abc"
    assert plain(Figure(figsize=(2, 1), dpi=50)).shape == (50, 100, 4)


# --- Known mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
        (torch.zeros(2, 3), torch.zeros(3, 2)),
        (torch.zeros(2), torch.zeros(2, dtype=torch.int64)),
        ({"a": 1.0}, {"b": 1.0}),
        (Failure(type="ValueError", message="", line=1), Failure(type="KeyError", message="", line=1)),
        ([1.0] * 20, [1.0] * 19 + [2.0]),
        (b"ab", b"abc"),
        (None, 0.0),
    ],
)
def test_different_results_have_different_fingerprints(first: object, second: object) -> None:
    """Order, shape, kind and type all count."""
    assert not alike(fingerprint(first), fingerprint(second))
    assert alike(fingerprint(first), fingerprint(first))


def test_rounding_does_not_change_a_fingerprint() -> None:
    """Another processor adds in another order."""
    values = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    assert alike(fingerprint(values), fingerprint(values * (1 + 1e-6)))


def test_a_mistake_is_recognised_only_if_it_explains_everything() -> None:
    """The same tests fail in the same way; what was not run does not matter; two that fit are none."""
    known = {"forgot": {"a": 1.0, "b": 2.0}, "twice": {"a": 1.0}}
    assert recognise({"a": 1.0, "b": 2.0}, {"c"}, known) == "forgot"
    assert recognise({"a": 1.0}, {"b"}, known) == "twice"
    assert recognise({"a": 1.0}, set(), known) is None, "both would fit"
    assert recognise({"a": 1.5}, {"b"}, known) is None
    assert recognise({"a": 1.0, "b": 2.0, "c": 0.0}, set(), known) is None
    assert recognise({"a": 1.0, "trained": None}, {"b"}, known) == "twice", "what was trained tells nothing"
    assert recognise({}, {"a"}, known) is None, "right answers get no hint"


# --- Shortcuts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "from sklearn.metrics import f1_score",
        "from sklearn import metrics",
        "import sklearn.metrics as m",
        "import sklearn\nsklearn.metrics.f1_score",
        "nn.MultiheadAttention(8, 2)",
        "torch.nn.modules.activation.MultiheadAttention",
        "from torch.nn import MultiheadAttention as A",
        "(lambda: nn)().MultiheadAttention",
        'PATTERN = "\\d"\nimport sklearn.metrics',
        f"sklearn.metrics{'.a' * 200}",
        f"{'a.' * 200}MultiheadAttention",
    ],
)
def test_a_shortcut_is_found_however_it_is_written(tmp_path: Path, code: str) -> None:
    """By any import or dotted name."""
    (tmp_path / "a.py").write_text(f"x = 1\n{code}\n")
    found = [*uses(tmp_path / "a.py", {"sklearn.metrics": "", "MultiheadAttention": ""})]
    assert found
    assert found[0][0] >= 2
    assert all(name in ("sklearn.metrics", "MultiheadAttention") for _, name in found)


@pytest.mark.parametrize("deep", [f"a{'()' * 20_000}", "lambda:" * 20_000 + "0"], ids=["recursion", "memory"])
def test_a_text_too_deep_to_be_searched_counts_as_a_shortcut_and_is_read_once(tmp_path: Path, deep: str) -> None:
    """Finding out takes a second, and every test of an exercise asks."""
    (tmp_path / "a.py").write_text(f"x = {deep}\n")
    with patch("ast.parse", side_effect=ast.parse) as parse:
        found = [[*uses(tmp_path / "a.py", {"sklearn.metrics": "", "torchmetrics": ""})] for _ in range(3)]
    assert found == [[(1, "sklearn.metrics"), (1, "torchmetrics")]] * 3
    assert parse.call_count == 1


@pytest.mark.parametrize("code", ["affine_grid = 1\nprint(affine_grid)", "def affine_grid(rows):\n    return affine_grid(rows)"])
def test_a_name_of_ones_own_is_no_shortcut(tmp_path: Path, code: str) -> None:
    """It only is called like one; after `import *` nobody knows."""
    path = tmp_path / "a.py"
    path.write_text(f"{code}\n")
    assert [*uses(path, {"affine_grid": ""})] == []
    path.write_text("from torch.nn.functional import *\ngrid = affine_grid(a, b)\n")
    assert [*uses(path, {"affine_grid": ""})] == [(2, "affine_grid")]


@pytest.mark.parametrize("code", ["metrics = 1", "# sklearn.metrics", "'sklearn.metrics'", "my_sklearn.metrics", "def ("])
def test_other_names_are_no_shortcuts(tmp_path: Path, code: str) -> None:
    """Nor comments, texts, or a file that Python cannot read."""
    (tmp_path / "a.py").write_text(f"{code}\n")
    assert [*uses(tmp_path / "a.py", {"sklearn.metrics": ""})] == []


def test_a_shortcut_is_found_behind_a_byte_order_mark(tmp_path: Path) -> None:
    """As Notepad and PowerShell write it."""
    (tmp_path / "a.py").write_text("import sklearn.metrics\n", encoding="utf-8-sig")
    assert [*uses(tmp_path / "a.py", {"sklearn.metrics": ""})] == [(1, "sklearn.metrics")]
