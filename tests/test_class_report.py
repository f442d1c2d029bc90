"""The page about a class: its figures are right, it harms nobody who opens it, and it reads well on a phone."""

import os
import random
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, sync_playwright
from scipy.stats import pointbiserialr

from grading.authoring.stubs import make_solution, make_stub
from grading.classroom import commands
from grading.classroom.class_report import clusters, distribution, extremes, for_a_human, normalised, render, stuck_students
from grading.classroom.class_results import ClassResults, load_class
from grading.classroom.item_analysis import analyse, mark, point_biserial
from grading.classroom.similarity import rarity, similar_answers, written
from grading.judging.intake import take_in
from grading.judging.results import Outcome, StepResult, TestResult, graded, judge_exercise
from tests import small_class
from tests.small_class import STEP, everything, judged, refused, unjudged, write
from tests.small_course import LESSON
from tests.test_drawing_pad import system_browser

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def class_of(folder: Path, *results: StepResult) -> ClassResults:
    """A class, read back from its files."""
    return load_class(write(folder, *results), "step3")


# --- Figures ------------------------------------------------------------------------------------------------------------------


def test_point_biserial_by_hand() -> None:
    """Scores 1 to 5; the two best pass: M₁ = 4.5, M₀ = 2, s = √2, p · q = 0.24, so r = 2.5 / √2 · √0.24 = √3 / 2."""
    assert point_biserial([False, False, False, True, True], [1, 2, 3, 4, 5]) == pytest.approx(3**0.5 / 2)


@pytest.mark.parametrize("seed", range(5))
def test_point_biserial_agrees_with_scipy(seed: int) -> None:
    """On random classes."""
    draw = random.Random(seed)
    passed = [draw.random() < 0.4 for _ in range(30)]
    scores = [draw.gauss(3 * each, 2) for each in passed]
    assert point_biserial(passed, scores) == pytest.approx(float(pointbiserialr(passed, scores).statistic))


def test_a_correlation_that_is_not_defined_is_none() -> None:
    """All pass, none does, or all scores are equal."""
    assert [point_biserial(*each) for each in (([True] * 2, [1, 2]), ([False] * 2, [1, 2]), ([True, False], [1, 1]))] == [
        None
    ] * 3


def test_each_exercise_and_test_is_counted(tmp_path: Path) -> None:
    """Full, in part, wrong and untouched; those who were not judged count nowhere."""
    results = class_of(
        tmp_path,
        *(judged(f"full{place}", everything()) for place in range(3)),
        *(judged(f"part{place}", {"3.1": ["failed", "passed"]}) for place in range(2)),
        judged("wrong", {"3.1": ["passed", "failed"]}),
        *(judged(f"open{place}") for place in range(4)),
        refused("e"),
        unjudged("f"),
    )
    item = analyse(results, STEP)[0]
    assert (item.full, item.part, item.wrong, item.untouched, item.fail_rate) == (3, 2, 1, 4, 0.7)
    assert [(test.students, test.failed, test.untouched) for test in item.tests] == [(10, 6, 4), (10, 5, 4)]


def test_medians_leave_out_untouched_gaps_and_what_was_not_measured(tmp_path: Path) -> None:
    """An open gap ends at once, and would make every exercise look fast; results of an older judge may have no durations."""
    touched = [judged(name, {"3.1": ["failed", "passed"]}) for name in "abcd"]
    write(tmp_path, *touched, judged("open"), judged("open too"), seconds={"a": 1, "b": 2, "c": 4, "d": 8, "open": 0})
    (tmp_path / "durations" / "step3" / "d.json").unlink()
    item = analyse(load_class(tmp_path, "step3"), STEP)[0]
    assert item.seconds == 2
    assert [test.seconds for test in item.tests] == [1, 1]


@pytest.mark.parametrize(("students", "expected"), [(4, None), (5, 1.0)])
def test_few_students_have_no_correlation(tmp_path: Path, students: int, expected: float | None) -> None:
    """Below five it would be luck."""
    classmates = [judged(f"s{place}", everything("failed" if place else "passed")) for place in range(students)]
    item = analyse(class_of(tmp_path, *classmates), STEP)[0]
    assert item.discrimination == item.tests[0].discrimination == pytest.approx(expected)


def test_an_exercise_without_points_that_passes_no_test_is_wrong(tmp_path: Path) -> None:
    """Of those, the points say nothing."""
    optional = next(exercise.id for exercise in STEP.exercises if exercise.optional)
    outcomes: list[list[Outcome]] = [["failed", "failed"], ["failed", "passed"], ["passed", "passed"]]
    results = class_of(tmp_path, *(judged(f"s{place}", {optional: each}) for place, each in enumerate(outcomes)))
    assert [mark(student, optional) for student in results.students] == ["wrong", "part", "full"]


def test_discrimination_is_against_the_points_of_all_other_exercises(tmp_path: Path) -> None:
    """The exercise's own points would make every one of them look good."""
    classmates = [
        judged(f"s{place}", {each.id: ["passed" if place % (k + 2) else "failed"] * 2 for k, each in enumerate(STEP.exercises)})
        for place in range(12)
    ]
    results = class_of(tmp_path, *classmates)
    item = analyse(results, STEP)[1]
    rest = [sum(each.points for each in result.exercises if each.id != "3.2") for result in classmates]
    passed = [mark(student, "3.2") == "full" for student in results.students]
    by_name = dict(zip([result.name for result in classmates], rest, strict=True))
    expected = pointbiserialr(passed, [by_name[student.name] for student in results.students]).statistic
    assert item.discrimination == pytest.approx(float(expected))
    assert item.tests[0].discrimination == pytest.approx(float(expected))


def test_points_are_counted_in_tenths_and_full_marks_apart(tmp_path: Path) -> None:
    """Nobody is counted twice; whoever the judge failed for is not counted."""
    bins = distribution(class_of(tmp_path, judged("a", everything()), judged("b"), refused("c"), unjudged("d")), STEP.points)
    assert [(each.label, each.count) for each in bins if each.count] == [("0–2.3", 2), ("all 23", 1)]


def test_points_on_the_edge_of_a_tenth_are_in_the_upper_one(tmp_path: Path) -> None:
    """Whatever fractions of points are as binary numbers: 18.2 of 26 are seven tenths."""
    results = class_of(tmp_path, *(msgspec.structs.replace(judged(f"s{k}"), points=2.6 * k) for k in range(10)))
    assert [each.count for each in distribution(results, 26)] == [1] * 10 + [0]


def test_tests_that_tell_nobody_apart_are_named(tmp_path: Path) -> None:
    """Open gaps say nothing about a test: only those who filled them count."""
    results = class_of(
        tmp_path, judged("a", {"3.1": ["failed", "passed"]}), judged("b", {"3.1": ["failed", "passed"]}), judged("c")
    )
    everybody, nobody = extremes(analyse(results, STEP))
    assert [test.id for test in everybody] == ["test_models.py::test_3.1"]
    assert [test.id for test in nobody] == ["test_models_hidden.py::test_any_3.1"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("8 images gave shape (8, 7, 3); expected (8, 10)", "# images gave shape (#, …); expected (#, …)"),
        ("\n  off by -1.5e-03 at 0xFF\nmore", "off by # at #"),
        ("conv1 is not conv2: 3×3", "conv1 is not conv2: #×#"),
        ("", ""),
    ],
)
def test_messages_are_alike_but_for_their_numbers(message: str, expected: str) -> None:
    """Names with digits are names."""
    assert normalised(message) == expected


def test_the_most_frequent_way_to_fail_comes_first(tmp_path: Path) -> None:
    """Counted by students, not by tests; open gaps are no way to fail."""
    wrong = {"3.2": ["failed", "failed"]}
    results = class_of(
        tmp_path,
        *(judged(f"s{k}", wrong, messages={"3.2": f"got {k}, expected 4"}) for k in range(3)),
        *(judged(name, {"3.1": ["failed", "passed"]}, messages={"3.1": "another"}) for name in ("t", "u")),
        failing("alone", dict.fromkeys(("3.3", "3.4", "3.5", "3.6"), ("no", ""))),
        judged("v"),
    )
    found = clusters(results)
    assert [(each.exercises, each.text, len(each.students), len(each.tests)) for each in found] == [
        (("3.2",), "got #, expected #", 3, 1),
        (("3.1",), "another", 2, 1),
        (("3.3", "3.4", "3.5", "3.6"), "no", 1, 4),
    ]
    assert found[0].example == "got 0, expected 4"


def said(exercise: str, public: str, hidden: str) -> dict[str, TestResult]:
    """Both tests of an exercise failed, and said this."""
    return {
        test: TestResult(id=test, outcome="failed", message=message)
        for test, message in zip(small_class.tests_of(exercise), (public, hidden), strict=True)
    }


def failing(name: str, messages: dict[str, tuple[str, str]]) -> StepResult:
    """A student whose exercises all fail: what the public and the hidden test said."""
    exercises = [
        judge_exercise(
            each.id,
            each.points,
            small_class.tests_of(each.id),
            said(each.id, *messages[each.id]),
            small_class.tests_of(each.id)[1:],
        )
        for each in STEP.exercises
        if each.id in messages
    ]
    return graded(name, STEP.folder, f"digest of {name}", exercises, course="c1")


def test_one_mistake_that_stops_a_whole_file_is_one_line(tmp_path: Path) -> None:
    """With the number of exercises; the same words about single exercises stay apart."""
    stopped = {each.id: ("SyntaxError: invalid syntax (models.py, line 9)", "SyntaxError") for each in STEP.exercises}
    results = class_of(
        tmp_path,
        failing("ann", stopped),
        failing("ben", stopped),
        failing("cid", {"3.1": ("got 1", ""), "3.2": ("got 2", "")}),
    )
    found = clusters(results)
    assert [(each.exercises, each.text, each.students) for each in found] == [
        (tuple(each.id for each in STEP.exercises), "SyntaxError: invalid syntax (models.py, line #)", ("ann", "ben")),
        (("3.1",), "got #", ("cid",)),
        (("3.2",), "got #", ("cid",)),
    ]
    page = render(results, STEP)
    assert page.count("SyntaxError: invalid syntax (models.py, line #)") == 1
    assert f"{len(STEP.exercises)} exercises</span>" in page


def test_a_hidden_test_is_heard_only_if_it_tells_more_than_public_ones(tmp_path: Path) -> None:
    """It does where no public test fails: somebody knows the public ones by heart."""
    results = class_of(
        tmp_path,
        failing(
            "ann", {"3.1": ("ValueError in line 5: no", "ValueError"), "3.2": ("got 1", ""), "3.3": ("got 1, too", "KeyError")}
        ),
        judged("ben", {"3.4": ["passed", "failed"]}),
    )
    assert [(each.exercises, each.text) for each in clusters(results)] == [
        (("3.1",), "ValueError in line #: no"),
        (("3.2",), "got #"),
        (("3.3",), "KeyError"),
        (("3.3",), "got #, too"),
        (("3.4",), "failed"),
    ]


def test_who_is_stuck_and_who_needs_a_human(tmp_path: Path) -> None:
    """Stuck: more than half of what counts is untouched or wrong. A human: faults, refused, the judge failed."""
    half = {each.id: ["passed", "passed"] for each in STEP.exercises[:3]}
    results = class_of(
        tmp_path,
        judged("fine", everything()),
        judged("half", half),
        judged("stuck", {"3.1": ["passed", "passed"], "3.2": ["failed", "failed"]}),
        judged("crash", everything(), faults={"3.3": "the worker ended"}),
        refused("cid"),
        unjudged("dan"),
    )
    (stuck,) = stuck_students(results, STEP)
    assert (stuck.name, stuck.failing, stuck.untouched) == ("stuck", ("3.2",), ("3.3", "3.4", "3.5", "3.6"))
    assert [(student.name, reason) for student, reason in for_a_human(results)] == [
        ("dan", "the grader ended"),
        ("cid", "models.py: this is no UTF-8; save it as UTF-8"),
        ("crash", "3.3: the worker ended"),
    ]


# --- Similarity ---------------------------------------------------------------------------------------------------------------

GOALS = {f"1.{number}": "a goal" for number in (1, 2, 3, 4)}
STUB = {"lesson.py": make_stub(LESSON, GOALS)}
SOLUTION = {"lesson.py": make_solution(LESSON)}
OWN = """    # honestly no idea
    rows = [x[k::2] for k in range(2)]
    best = rows[0] * 0
    for other in rows[1:]:
        best = torch.where(other > best, other + rows[0], best - 1)
    while best.sum() < 17:
        best = best.clamp(min=-3) ** 2 + 0.125 * (other - best)
    return best * (best > 0) + x.mean(dim=0, keepdim=True)[..., None]
"""
LONG = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("alternatives/step5/*.py")))
"""An answer of a few hundred lines."""
GAP = '    # TODO 1.1: a goal\n    raise NotImplementedError("TODO 1.1: a goal")\n'


def answered(code: str) -> dict[str, str]:
    """The stub with an answer to 1.1."""
    assert GAP in STUB["lesson.py"]
    return {"lesson.py": STUB["lesson.py"].replace(GAP, code)}


def test_copied_answers_are_found_whatever_their_names_and_comments() -> None:
    """With the lines side by side; the others, right or untouched, are alike without being mentioned."""
    renamed = re.sub(r"\bbest\b", "maximum", re.sub(r"\brows\b", "zeilen", OWN)).replace("    # honestly no idea\n", "")
    answers = dict.fromkeys(("ann", "ben", "cid"), SOLUTION) | dict.fromkeys(("dan", "eve"), STUB)
    answers |= {"fay": answered(OWN), "gus": answered(renamed), "hal": answered("    return x + x\n")}
    (pair,) = similar_answers(STUB, SOLUTION, answers)
    assert (pair.first, pair.second, pair.share) == ("fay", "gus", 1.0)
    assert ("best = rows[0] * 0", "maximum = zeilen[0] * 0") in pair.lines
    assert {"clamp", "keepdim"} <= set(pair.words)
    assert not {"best", "maximum", "honestly", "None", "while", "range", "torch"} & set(pair.words)


@pytest.mark.parametrize(("group", "others"), [(5, 3), (8, 4), (4, 1)])
def test_what_many_wrote_says_nothing(group: int, others: int) -> None:
    """Most of a class have it from the blackboard."""
    answers = {f"s{k}": answered(OWN) for k in range(group)} | {f"t{k}": STUB for k in range(others)}
    assert similar_answers(STUB, SOLUTION, answers) == []


@pytest.mark.parametrize(("group", "others"), [(2, 0), (3, 0), (3, 1), (3, 9), (4, 4), (4, 8), (6, 6), (12, 28)])
def test_a_group_that_copied_from_each_other_cannot_hide_in_its_own_number(group: int, others: int) -> None:
    """Every two of them are found, in classes of any size, and nobody else."""
    answers = {f"c{k:02}": answered(LONG) for k in range(group)} | {f"h{k:02}": STUB for k in range(others)}
    pairs = similar_answers(STUB, SOLUTION, answers)
    assert {(pair.first, pair.second) for pair in pairs} == {*combinations(sorted(answers)[:group], 2)}
    assert {pair.share for pair in pairs} == {1.0}


@pytest.mark.parametrize("students", [2, 3, 5, 6, 12, 40, 400])
def test_a_passage_counts_the_less_the_more_wrote_it(students: int) -> None:
    """One that two have counts 1, and one that most of a class have counts nothing."""
    weights = [rarity(owners, students) for owners in range(1, students + 1)]
    assert weights == sorted(weights, reverse=True)
    assert weights[1] == 1
    assert students < 4 or weights[-1] == 0
    assert min(weights) >= 0


def test_short_answers_say_nothing() -> None:
    """Two lines can be the same by chance."""
    code = "    y = x + x * 0.5\n    return y + x * 0.5\n"
    assert similar_answers(STUB, SOLUTION, {"ann": answered(code), "ben": answered(code)}) == []


def test_only_what_a_student_wrote_is_compared() -> None:
    """The stub's lines are left out, wherever they have moved to in the file."""
    assert written(STUB["lesson.py"], STUB["lesson.py"]) == []
    assert written(STUB["lesson.py"], answered(OWN)["lesson.py"]) == OWN.splitlines()


# --- The page -----------------------------------------------------------------------------------------------------------------


def test_the_command_writes_one_page_and_compares_what_was_handed_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only answers that are those that were judged; without them, or without copydetect, the page says how to compare."""
    text = (commands.ROOT / "exercises" / "step3" / "models.py").read_text(encoding="utf-8")
    for name in ("ann", "ben", "cid"):
        (tmp_path / "handed in" / name).mkdir(parents=True)
        (tmp_path / "handed in" / name / "models.py").write_text(text + f"\n\ndef helper(x):\n{OWN}", encoding="utf-8")
    digest = take_in(tmp_path / "handed in" / "ann", ["models.py"], folder="step3").digest
    others = judged("ben", digest=digest), judged("cid", digest="of what she handed in before")
    write(tmp_path / "judged", judged("ann", everything(), digest=digest), *others)
    command = ["step3", "--results", str(tmp_path / "judged"), "--out", str(tmp_path / "report.html")]
    assert commands.run("report", command) == 0
    assert "with --submissions" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert commands.run("report", [*command, "--submissions", str(tmp_path / "handed in")]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<b>(\w+)</b> and <b>(\w+)</b>", page) == [("ann", "ben")]
    monkeypatch.setitem(sys.modules, "copydetect", None)
    monkeypatch.delitem(sys.modules, "copydetect.utils")
    assert commands.run("report", [*command, "--submissions", str(tmp_path / "handed in")]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "pip install &#34;handwriting-workshop[class]&#34;" in page
    assert "3 students; open it" in capsys.readouterr().out


def test_results_of_nobody_who_handed_in_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A student who left, or who has another id now, would be counted silently, or twice."""
    (tmp_path / "handed in" / "ann").mkdir(parents=True)
    write(tmp_path / "judged", judged("ann"), judged("ann-smith"))
    command = ["step3", "--results", str(tmp_path / "judged"), "--out", str(tmp_path / "report.html")]
    assert commands.run("report", command) == 0
    assert not capsys.readouterr().err
    assert commands.run("report", [*command, "--submissions", str(tmp_path / "handed in")]) == 0
    assert "nothing of ann-smith is in" in (told := capsys.readouterr().err)
    assert f"delete them in {tmp_path / 'judged' / 'step3'} if nobody has this id any more" in told


def test_two_runs_write_the_same_page(tmp_path: Path) -> None:
    """No date, no order by chance: also in processes that sort sets in different ways."""
    wrong = {each.id: ["failed", "failed"] for each in STEP.exercises}
    class_of(tmp_path, judged("ann", everything()), judged("ben", wrong), judged("bob", wrong), judged("cid"), unjudged("dan"))
    pages = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "grading", "report", "step3", "--results", str(tmp_path), "--out", str(out)]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]


def test_a_class_of_one_who_did_nothing_has_a_page(tmp_path: Path) -> None:
    """And one where the judge failed for everybody."""
    assert "median" in render(class_of(tmp_path / "a", judged("ann")), STEP)
    assert "infra error" in render(class_of(tmp_path / "b", unjudged("ann")), STEP)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        system = system_browser()
        if system is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail("no browser for this test: install Chromium, or run `playwright install chromium`", pytrace=False)
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def test_the_page_asks_for_nothing_fits_a_phone_and_runs_no_hostile_text(tmp_path: Path, browser: Browser) -> None:
    """Hostile names, messages, faults and files; a message without a blank, longer than any screen."""
    draw = random.Random(0)
    outcomes = [
        {each.id: [draw.choice(["passed", "failed", "todo"]) for _ in range(2)] for each in STEP.exercises} for _ in range(20)
    ]
    classmates = [judged(f"student {k}", found, messages={"3.2": HOSTILE + "x" * 900}) for k, found in enumerate(outcomes)]
    (tmp_path / "step3").mkdir()
    (tmp_path / "step3" / "<b>.json").write_text(HOSTILE, encoding="utf-8")
    crashed = judged(HOSTILE, everything("failed"), messages={"3.1": HOSTILE}, faults={"3.1": HOSTILE})
    results = class_of(tmp_path, *classmates, crashed, refused("y" * 300), unjudged("dan"))
    page_file = tmp_path / "report.html"
    page_file.write_text(render(results, STEP), encoding="utf-8")
    page = browser.new_page(viewport={"width": 400, "height": 800})
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert [url for url in requests if not url.startswith("data:")] == [page_file.as_uri()]
    assert errors == []
    assert page.title() == f"Step 3 · {STEP.title} · the class"
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("script, img").count() == 0
    assert page.get_by_text(HOSTILE, exact=True).count() >= 1
    marks = page.locator("#everyone tbody tr").filter(has_text="student 0").locator("td.mark").all_inner_texts()
    assert len(marks) == len(STEP.exercises)
    points = [student.result.points for student in results.students if student.result.points is not None]
    assert f"{statistics.median(points):.1f}" in page.locator(".tile").first.inner_text()
    page.close()
