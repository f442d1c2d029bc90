"""The difference between two judgements, before anybody sees it: complete, in plain words, and of no consequence by itself."""

import csv
from pathlib import Path

import msgspec
import pytest

from grading.classroom import commands
from grading.classroom.class_results import load_class
from grading.classroom.comparison import Change, as_text, compare
from tests.small_class import everything, judged, refused, unjudged, write


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A wrong test of 3.2 was mended: ann gains, ben loses, cid is as before, dan had no points, eve is new, fay gone."""
    wrong, right = everything() | {"3.2": ["passed", "failed"]}, everything()
    old = write(tmp_path / "old", judged("ann", wrong), judged("ben", right), judged("cid"), unjudged("dan"), judged("fay"))
    new = write(tmp_path / "new", judged("ann", right), judged("ben", wrong), judged("cid"), judged("dan", right), judged("eve"))
    return old, new


def changes(old: Path, new: Path) -> dict[str, Change]:
    """By name."""
    return {change.name: change for change in compare(load_class(old, "step3"), load_class(new, "step3"))}


def test_gains_and_losses_are_told_with_the_tests_behind_them(folders: tuple[Path, Path]) -> None:
    """In hundredths; for a loss below 0; none where one side has no points."""
    found = changes(*folders)
    assert found["ann"].gain == -found["ben"].gain == 4.0
    assert [str(test) for test in found["ann"].tests] == ["3.2 test_models_hidden.py::test_any_3.2: failed -> passed"]
    assert found["cid"].is_unchanged
    assert [found[name].gain for name in ("dan", "eve", "fay")] == [None, None, None]
    assert not any(found[name].is_unchanged for name in ("ann", "ben", "dan", "eve", "fay"))


def test_the_table_names_everyone_who_differs_and_counts_the_rest(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0, whatever differs."""
    assert commands.run("compare", [str(folder) for folder in folders]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "step3: 6 students: 1 gain, 1 lose, 1 unchanged, 3 that cannot be compared"
    rows = {line.split()[0]: line for line in lines if line.startswith("  ") and "×" not in line}
    assert rows["ann"].split() == ["ann", "19.00", "23.00", "+4.00", "3.2", "0.00", "->", "4.00"]
    assert "-4.00" in rows["ben"]
    assert "infra_error -> graded" in rows["dan"]
    assert "only in the new results" in rows["eve"]
    assert "only in the old results" in rows["fay"]
    assert "cid" not in rows
    assert "     1 × 3.2 test_models_hidden.py::test_any_3.2: failed -> passed" in lines


def test_another_answer_and_other_points_are_told_apart(tmp_path: Path) -> None:
    """Who handed in anew did not gain by the mended test; points of an exercise may change without a test."""
    old, new = judged("ann"), judged("ann", everything(), digest="another")
    found = changes(write(tmp_path / "old", old), write(tmp_path / "new", new))["ann"]
    assert found.is_other_answer
    richer = msgspec.structs.replace(old, out_of=25)
    found = changes(tmp_path / "old", write(tmp_path / "richer", richer))["ann"]
    assert not found.is_unchanged
    assert "0 unchanged, 1 with the same points, otherwise changed" in as_text("step3", [found])
    turned_away = changes(tmp_path / "old", write(tmp_path / "refused", refused("ann")))["ann"]
    assert (turned_away.gain, turned_away.is_unchanged, turned_away.is_other_answer) == (0.0, False, False)


def test_tests_that_came_or_went_are_told_of(tmp_path: Path) -> None:
    """As `no such test`."""
    (first, *others) = judged("ann", everything()).exercises
    fewer = msgspec.structs.replace(first, tests=first.tests[:1])
    new = msgspec.structs.replace(judged("ann", everything()), exercises=(fewer, *others))
    found = changes(write(tmp_path / "old", judged("ann", everything())), write(tmp_path / "new", new))["ann"]
    assert [str(test) for test in found.tests] == ["3.1 test_models_hidden.py::test_any_3.1: passed -> no such test"]


def test_the_csv_file_has_everyone(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Those unchanged, too; a loss is a number, a hostile name is no formula."""
    write(folders[0], judged("=1+1"))
    write(folders[1], judged("=1+1", everything()))
    assert commands.run("compare", [*map(str, folders), "--step", "3", "--csv", str(tmp_path / "out.csv")]) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = {row["student"]: row for row in csv.DictReader(file)}
    assert list(found) == ["'=1+1", "ann", "ben", "cid", "dan", "eve", "fay"]
    assert (found["ben"]["gain"], found["dan"]["gain"], found["cid"]["why"]) == ("-4.00", "", "unchanged")


def test_a_name_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Terminal codes in names are shown, not obeyed."""
    name = "\x1b[2Jann"
    write(tmp_path / "old", judged(name))
    write(tmp_path / "new", judged(name, everything()))
    assert commands.run("compare", [str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_the_folder_of_a_step_can_be_named_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for `workshop export` and `workshop report`: `judged/step3` as well as `judged`."""
    write(tmp_path / "old", judged("ann"))
    write(tmp_path / "new", judged("ann", everything()))
    assert commands.run("compare", [str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    whole = capsys.readouterr().out
    assert commands.run("compare", [str(tmp_path / "old" / "step3"), str(tmp_path / "new" / "step3")]) == 0
    assert capsys.readouterr().out == whole


def test_folders_without_a_step_in_common_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1, and what to give instead."""
    assert commands.run("compare", [str(tmp_path), str(tmp_path / "nowhere")]) == 1
    assert "no step in common; give the folders that hold step3/" in capsys.readouterr().err
