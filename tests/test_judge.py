"""`workshop judge`: right points for right, open, broken and hostile answers, in the real sandbox with the real suites."""

import contextlib
import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from grading.authoring.generate import course_files
from grading.cli import main
from grading.judging import keys
from grading.judging.intake import Submission
from grading.judging.judge import Batch, Grader, course_digest
from grading.judging.keys import make_key, read_key, seal_key
from grading.judging.results import DamagedError, Durations, StepResult, failed_judge, graded, load, result_path, save
from grading.judging.sandbox import Mode
from grading.judging.staging import PREFIX
from grading.manifest import Step, load_course
from grading.runtime.grader import MEMORY, TooMuchError, bounded

ROOT = Path(__file__).parents[1]
COURSE = load_course()
FILES = course_files(ROOT, COURSE)
STEP = COURSE.step(5)

pytestmark = pytest.mark.usefixtures("kept_graders")


def hand_in(folder: Path, name: str, text: str) -> Path:
    """A student's folder with an answer to step 5."""
    path = folder / name / "evaluator.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path.parent


def hand_in_many(folder: Path, count: int, text: str) -> None:
    """So many students (`s0`, …), each with files of their own."""
    for place in range(count):
        hand_in(folder, f"s{place}", f"{text}# {place}\n")


def files_of(kind: str, step: str) -> dict[str, str]:
    """The stubs or the solutions of a step."""
    prefix = f"{kind}/{step}/"
    return {path.removeprefix(prefix): text for path, text in FILES.items() if path.startswith(prefix)}


RIGHT, OPEN = (files_of(kind, "step5")["evaluator.py"] for kind in ("solutions", "exercises"))
HALF = OPEN.replace(
    OPEN[OPEN.index("def confusion_matrix") : OPEN.index("def precision_recall_f1")],
    RIGHT[RIGHT.index("def confusion_matrix") : RIGHT.index("def precision_recall_f1")],
)
SIGNATURE = "def precision_recall_f1(matrix: Tensor) -> Tensor:\n"
ENDS = RIGHT.replace(SIGNATURE, f"{SIGNATURE}    import os\n\n    os._exit(0)\n")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StepResult]:
    """A class of six, judged with two slots."""
    folder = tmp_path_factory.mktemp("class")
    for name, text in {"ann": RIGHT, "bob": OPEN, "carl": HALF, "dora": ENDS, "fred": "import os\nos._exit(0)\n"}.items():
        hand_in(folder, name, text)
    (folder / "eve").mkdir()
    (folder / "eve" / "notes.txt").write_text("nothing")
    batch = Batch(step=STEP, out=tmp_path_factory.mktemp("judged"), jobs=2)
    return {result.name: result for result in batch.judge([folder], lambda _: None)}


def test_right_answers_get_all_points_and_open_ones_none(judged: dict[str, StepResult]) -> None:
    """Nobody gets anything for a stub."""
    assert (judged["ann"].state, judged["ann"].points) == ("graded", STEP.points)
    assert (judged["bob"].state, judged["bob"].points) == ("graded", 0)


def test_half_an_answer_gets_its_own_points(judged: dict[str, StepResult]) -> None:
    """One exercise is right, all others are open."""
    points = {exercise.id: exercise.points for exercise in judged["carl"].exercises}
    assert points["5.1"] == COURSE.exercise("5.1").points
    assert judged["carl"].points == points["5.1"]


def test_a_crash_costs_its_exercise_and_those_that_call_it(judged: dict[str, StepResult]) -> None:
    """The others are judged in workers of their own."""
    points = {exercise.id: exercise.points for exercise in judged["dora"].exercises}
    assert judged["dora"].state == "graded_with_faults"
    assert points["5.2"] == 0
    assert all(points[number] == COURSE.exercise(number).points for number in ("5.1", "5.4", "5.5", "5.6", "5.7"))


def test_whoever_hands_in_nothing_usable_is_told_so(judged: dict[str, StepResult]) -> None:
    """An empty folder, and a file that ends Python when it is imported."""
    assert judged["eve"].state == "rejected_intake"
    assert "there is no" in judged["eve"].feedback[0]
    assert (judged["fred"].state, judged["fred"].points) == ("graded_with_faults", 0)


@pytest.mark.parametrize("step", COURSE.steps, ids=lambda step: step.folder)
def test_the_solutions_of_every_step_get_full_marks(step: object, tmp_path: Path) -> None:
    """Untouched stubs get nothing."""
    for name, kind in (("full", "solutions"), ("open", "exercises")):
        for file, text in files_of(kind, step.folder).items():
            path = tmp_path / "class" / name / step.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    full, untouched = Batch(step=step, out=tmp_path / "out").judge([tmp_path / "class"], lambda _: None)
    told = [(test.id, test.message) for exercise in full.exercises for test in exercise.tests if test.outcome != "passed"]
    assert full.points == step.points, told or full.feedback
    assert untouched.points == 0


def test_a_file_that_was_not_handed_in_is_named(tmp_path: Path) -> None:
    """Also where another file of the same step needs it."""
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "model_trainer.py").write_text(files_of("solutions", "step4")["model_trainer.py"], encoding="utf-8")
    part = msgspec.structs.replace(COURSE.step(4), exercises=tuple(COURSE.exercise(number) for number in ("4.1", "4.6")))
    (result,) = Batch(step=part, out=tmp_path / "out", key=SECRET).judge([tmp_path / "ann"], lambda _: None)
    told = "every test fails alike: ModuleNotFoundError in line 1: training.py was not handed in"
    assert result.points == 0
    assert result.feedback == (f"training.py: {told}", f"model_trainer.py: {told}")


def test_what_answers_give_is_looked_at_within_bounds() -> None:
    """Of memory and of processor time, whatever a test catches; afterwards there are none."""
    too_much = MEMORY + 2**30
    with bounded(60), pytest.raises(MemoryError):
        bytearray(too_much)

    def suppressed(number: int) -> bool:
        with contextlib.suppress(Exception):
            return number > 0
        return True

    with pytest.raises(TooMuchError), bounded(0.05):
        all(map(suppressed, itertools.count(1)))
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert len(bytearray(too_much)) == too_much


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    """`kill -9` after the first result; the second run judges the rest, and writes no result twice.

    What is left behind lies in folders that the next judges take away.
    """
    (tmp_path / "temporary").mkdir()
    hand_in_many(tmp_path / "class", 4, RIGHT)
    command = [sys.executable, "-m", "grading", "judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    variables = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline().startswith("s0")
        time.sleep(0.5)  # so that it judges the second
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert [path.name for path in (tmp_path / "temporary").iterdir() if not path.name.startswith(PREFIX)] == []
    first = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "step5").glob("*.json")}
    assert 1 <= len(first) < 4
    time.sleep(0.1)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "step5").glob("*.json")}
    assert len(again) == 4
    assert {name: again[name] for name in first} == first
    assert all(
        json.loads(path.read_text())["result"]["points"] == STEP.points for path in (tmp_path / "out" / "step5").glob("*.json")
    )


def test_ctrl_c_ends_a_batch_soon(tmp_path: Path) -> None:
    """What is judged stays, the rest is not judged, no grader is left, and the same command goes on."""
    hand_in_many(tmp_path / "class", 8, RIGHT)
    command = [sys.executable, "-m", "grading", "judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [*command, "--jobs", "2"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    results = [load(path, seal_key(keys.read_key())) for path in (tmp_path / "out" / "step5").glob("*.json")]
    assert len((first + printed).splitlines()) == len(results) < 8
    assert {result.state for result in results} == {"graded"}
    time.sleep(1)  # the kernel takes away what has ended
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


class Unreal(Grader):
    """A grader whose process says what a test wants."""

    broken: ClassVar[set[str]] = set()
    """Slots that cannot start."""
    slots: ClassVar[set[str]] = set()

    def judge(self, step: Step, submission: Submission) -> tuple[StepResult, None]:
        """Slots that start need longer than those that do not."""
        slot = self.command[-2]
        self.slots.add(slot)
        if slot in self.broken:
            return failed_judge(submission.name, step.folder, submission.digest, "all slots are in use", step.points), None
        time.sleep(0.02)
        return graded(submission.name, step.folder, submission.digest, []), None


@pytest.mark.parametrize(("broken", "state"), [({1, 2}, "graded"), ({0, 1, 2}, "infra_error")])
def test_slots_that_cannot_start_leave_the_work_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: set[int], state: str
) -> None:
    """They fail fast, and would use up the whole class; where none can start, each submission says why."""
    monkeypatch.setattr("grading.judging.judge.Grader", Unreal)
    monkeypatch.setattr(Unreal, "broken", {f"--slot={slot}" for slot in broken})
    hand_in_many(tmp_path / "class", 8, OPEN)
    results = Batch(step=STEP, out=tmp_path / "out", jobs=3).judge([tmp_path / "class"], lambda _: None)
    assert [result.state for result in results] == [state] * 8


def test_more_jobs_than_slots_are_as_many_as_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may have more processors than there are users for boxes."""
    monkeypatch.setattr("grading.judging.judge.Grader", Unreal)
    monkeypatch.setattr("grading.judging.judge.SLOTS", 4)
    hand_in_many(tmp_path / "class", 30, OPEN)
    assert len(Batch(step=STEP, out=tmp_path / "out", jobs=200).judge([tmp_path / "class"], lambda _: None)) == 30
    assert {*Unreal.slots} == {f"--slot={slot}" for slot in range(4)}


def test_a_grader_that_was_killed_between_two_answers_is_replaced() -> None:
    """As the kernel does for memory; the next answer must not pay for it."""
    submission = Submission(name="ann", files={"evaluator.py": OPEN}, missing=(), digest="1")
    grader = Grader(60, "preforked", "public")
    try:
        first, _ = grader.judge(STEP, submission)
        assert grader.process is not None
        grader.process.kill()
        grader.process.wait()
        second, _ = grader.judge(STEP, submission)
    finally:
        grader.stop()
    assert (first.state, second) == ("graded", first)


def test_a_grader_s_last_words_are_told() -> None:
    """Why it ended, not that there was no JSON."""
    grader = Grader(60, "preforked", "public")
    grader.command = [sys.executable, "-c", "import sys; sys.exit('all slots from 0 to 99 are in use')"]
    result, _ = grader.judge(STEP, Submission(name="ann", files={}, missing=(), digest=""))
    assert result.state == "infra_error"
    assert result.feedback[0] in {
        f"the grader ended: {error} (all slots from 0 to 99 are in use)"
        for error in ("it gave no answer", "[Errno 32] Broken pipe")
    }


def in_a_process_of_its_own(worker: str) -> dict[str, Any]:
    """What the grader of 2.7 says, and how long it waits for acts, where workers are made by this function."""
    program = """
        import io, json, sys
        from types import SimpleNamespace
        import msgspec
        from grading.judging import wire
        from grading.judging.slots import BoxError
        from grading.manifest import load_course
        from grading.runtime.grader import Grader

        waits, started = [], []

        class Worker:
            def exchange(self, request, seconds):
                waits.append(seconds)
                number = wire.read_frame(io.BytesIO(request).read).header["id"]
                reply = wire.encode({"id": number, "status": "error"}, wire.error_value("ValueError", "no", None))
                return wire.read_frame(io.BytesIO(reply).read)

            def kill(self):
                pass

        def broken():
            raise BoxError("broken", "no box can be made")

        course = load_course()
        step = msgspec.structs.replace(course.step(2), exercises=(course.exercise("2.7"),))
        Grader.worker = lambda *_: started.append(0) or WORKER()
        grader = Grader(course, SimpleNamespace(folder=None), "preforked", "public")
        result, _ = grader.judge("ann", step, "", {"data_loader.py": ""})
        print(json.dumps([result.state, len(started), [[each, waits.count(each)] for each in sorted(set(waits))]]))
    """
    line = [sys.executable, "-c", textwrap.dedent(program).replace("WORKER", worker)]
    said = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    state, started, waits = json.loads(said.splitlines()[-1])
    return {"state": state, "started": started, "waits": dict(waits)}


def test_a_box_that_cannot_be_made_is_not_tried_for_every_test() -> None:
    """Each try may take minutes, and the submission is judged again in any case."""
    assert in_a_process_of_its_own("broken") == {"state": "infra_error", "started": 1, "waits": {}}


def test_acts_that_train_may_take_longer_as_on_a_laptop() -> None:
    """Three times as long as all others."""
    seconds = COURSE.step(2).seconds_per_test
    said = in_a_process_of_its_own("Worker")
    assert (said["state"], said["started"], [*said["waits"]]) == ("graded", 1, [seconds, 3 * seconds])
    assert said["waits"][3 * seconds] == 1, "one test of 2.7 trains a model"


def test_two_answers_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One result would take the other's place. An answer's own folder has its name also from within."""
    paths = [hand_in(tmp_path / group, "ann", OPEN) for group in ("monday", "tuesday")]
    batch = Batch(step=STEP, out=tmp_path / "out")
    with pytest.raises(ValueError, match=r"monday/ann and .*tuesday/ann are both called 'ann' here"):
        batch.judge(paths, lambda _: None)
    monkeypatch.setattr("grading.judging.judge.Grader", Unreal)
    assert [result.name for result in batch.judge([paths[0], paths[0]], lambda _: None)] == ["ann"]
    monkeypatch.chdir(paths[1])
    assert [result.name for result in batch.judge([Path()], lambda _: None)] == ["ann"]


def test_a_step_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert main(["judge", "step9", str(tmp_path)]) == 1
    assert "there is no step 'step9'; choose one of step1, " in capsys.readouterr().err
    assert main(["judge", "step3x", str(tmp_path)]) == 1
    assert "there is no step 'step3x'; choose one of step1, " in capsys.readouterr().err


# --- Keys, private tests, practice, one JSON ----------------------------------------------------------------------------------

PART = msgspec.structs.replace(STEP, exercises=(COURSE.exercise("5.4"),))
"""The exercise that is judged fastest."""

SECRET = "a-line-that-nobody-knows"
PRIVATE = """
import pytest
import torch


@pytest.mark.exercise("5.1")
def test_my_own(box, draw, reference):
    labels, predicted = torch.randint(5, (2, 40), generator=draw)
    got = box(lambda evaluator: evaluator.confusion_matrix(labels, predicted, 5))
    assert torch.equal(got, reference.evaluator.confusion_matrix(labels, predicted, 5))
    assert torch.equal(torch.as_tensor({right}), torch.as_tensor(True))
"""


SUBMODULES = """
import xml.dom.minidom

import matplotlib.pyplot
import pytest
import torch


@pytest.mark.exercise("5.1")
def test_what_no_other_test_uses(box):
    def act(evaluator):
        count = evaluator.confusion_matrix(torch.tensor([0]), torch.tensor([0]), 1)
        figures = [matplotlib.pyplot.figure() for _ in range(2)]
        return count, len(figures), xml.dom.minidom.parseString("<a/>").documentElement.tagName

    count, figures, name = box(act)
    assert (int(count), figures, name) == (1, 2, "a")
"""


def test_results_are_sealed_with_the_course_s_key(tmp_path: Path) -> None:
    """Without it nobody writes or changes one: what is not sealed with it is judged again."""
    hand_in(tmp_path / "class", "carl", HALF)
    batch = Batch(step=PART, out=tmp_path / "out", key=SECRET)
    (result,) = batch.judge([tmp_path / "class"], lambda _: None)
    path = result_path(tmp_path / "out", "step5", "carl")
    sealed = path.read_bytes()
    assert load(path, seal_key(SECRET)) == result
    with pytest.raises(DamagedError, match="somebody else"):
        load(path)
    assert SECRET.encode() not in sealed
    save(tmp_path / "out", msgspec.structs.replace(result, points=3.0))
    assert batch.judge([tmp_path / "class"], lambda _: None) == [result]
    assert path.read_bytes() == sealed


def test_a_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    """For the eyes of its owner only; an empty one is refused."""
    path = tmp_path / "course" / "course.key"
    key = make_key(path)
    assert (make_key(path), read_key(path), len(key)) == (key, key, 64)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        read_key(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 5000, b"a\0b"])
def test_what_is_no_line_of_text_is_no_key(tmp_path: Path, content: bytes) -> None:
    """A picture, a data set, or a device that never ends (`/dev/zero`): one sentence that names the file."""
    path = tmp_path / "course.key"
    path.write_bytes(content)
    for wrong in (path, Path("/dev/zero")):
        with pytest.raises(ValueError, match=f"{wrong} is no (key|text)"):
            read_key(wrong)


def test_private_tests_count_and_belong_to_the_course(tmp_path: Path) -> None:
    """An instructor's own test decides with ours; other private tests are another course, and so it is judged again."""
    hand_in(tmp_path / "class", "ann", RIGHT)
    part = msgspec.structs.replace(STEP, exercises=(COURSE.exercise("5.1"),))
    (tmp_path / "mine" / "step5").mkdir(parents=True)
    points, courses = [], []
    for right in (True, False):
        (tmp_path / "mine" / "step5" / "test_mine.py").write_text(PRIVATE.replace("{right}", str(right)))
        batch = Batch(step=part, out=tmp_path / "out", key=SECRET, hidden=tmp_path / "mine")
        (result,) = batch.judge([tmp_path / "class"], lambda _: None)
        assert "test_mine.py::test_my_own" in [test.id for test in result.exercises[0].tests]
        assert all(not test.message for test in result.exercises[0].tests if test.id.startswith("test_mine"))
        points.append(result.points)
        courses.append(result.course)
    assert points == [2, 1.33], "one of three tests that decide"
    assert courses[0] != courses[1]
    for folder, said in ((tmp_path / "class", "private tests of step5 lie there"), (tmp_path / "mine", "give it another")):
        (tmp_path / "mine" / "step5" / "test_evaluator_hidden.py").touch()
        with pytest.raises(ValueError, match=said):
            Batch(step=part, out=tmp_path / "out", hidden=folder).judge([tmp_path / "class"], lambda _: None)


@pytest.mark.parametrize("mode", ["preforked", "fresh"])
def test_a_private_test_may_use_any_module_that_it_imports(tmp_path: Path, mode: Mode) -> None:
    """Also one within a package that no worker has imported (`xml.dom.minidom`): no right answer loses points by it."""
    hand_in(tmp_path / "class", "ann", RIGHT)
    (tmp_path / "mine" / "step5").mkdir(parents=True)
    (tmp_path / "mine" / "step5" / "test_mine.py").write_text(SUBMODULES)
    part = msgspec.structs.replace(STEP, exercises=(COURSE.exercise("5.1"),))
    batch = Batch(step=part, out=tmp_path / "out", key=SECRET, hidden=tmp_path / "mine", mode=mode)
    (result,) = batch.judge([tmp_path / "class"], lambda _: None)
    tests = [(test.id, test.outcome) for test in result.exercises[0].tests]
    assert ("test_mine.py::test_what_no_other_test_uses", "passed") in tests
    assert result.points == 2, tests


BESIDE_THE_SUITES = (
    "grading/hidden/conftest.py",
    "grading/mistakes.json",
    "grading/runtime/suite.py",
    "handwriting_workshop/evaluator.py",
    "handwriting_workshop/data/allographs.txt",
)


@pytest.mark.parametrize("path", BESIDE_THE_SUITES)
def test_what_hidden_tests_draw_from_belongs_to_the_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """What they take for right, and the known mistakes, whose hints stand in results: after a change, all are judged again."""
    for kept in BESIDE_THE_SUITES:
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / kept, tmp_path / kept)
    monkeypatch.setattr("grading.judging.judge.ROOT", tmp_path)
    before = course_digest(STEP, "key")
    assert course_digest(STEP, "key") == before
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert course_digest(STEP, "key") != before


def test_practice_gives_the_same_points_and_no_grade(tmp_path: Path) -> None:
    """Without a box: the verdicts of honest answers are the same, and whoever loads results for grading refuses these."""
    for name, text in {"carl": HALF, "dora": ENDS}.items():
        hand_in(tmp_path / "class", name, text)
    (tmp_path / "class" / "eve").mkdir()
    part = msgspec.structs.replace(STEP, exercises=tuple(COURSE.exercise(number) for number in ("5.1", "5.2", "5.4")))
    results = []
    for practice in (False, True):
        batch = Batch(step=part, out=tmp_path / str(practice), key=SECRET, practice=practice)
        results.append(batch.judge([tmp_path / "class"], lambda _: None))
        assert batch.judge([tmp_path / "class"], lambda _: None) == results[-1]
    assert [msgspec.structs.replace(result, practice=False) for result in results[1]] == results[0]
    for path in (tmp_path / "True" / "step5").iterdir():
        for key in (b"", seal_key(SECRET)):
            with pytest.raises(DamagedError):
                load(path, key)
        assert load(path, practice=True).practice


def test_one_json_holds_all_results(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, or alone on the standard output; a judge without a secret says so."""
    hand_in(tmp_path / "class", "bob", OPEN)
    monkeypatch.setattr(keys, "KEY_FILE", tmp_path / "none.key")
    command = ["judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--json"]
    assert main([*command, "-"]) == 0
    printed, errors = capsys.readouterr()
    told = json.loads(printed)
    assert (told["step"], told["practice"], [each["points"] for each in told["results"]]) == ("step5", False, [0.0])
    assert "no secret" in errors
    assert main([*command, str(tmp_path / "all.json")]) == 0
    assert json.loads((tmp_path / "all.json").read_text()) == told


def test_a_full_disk_ends_the_batch_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every slot, with status 1: never "0 judged", as if all were well."""
    asked: list[str] = []

    def judged(_grader: Grader, step: Step, submission: Submission) -> tuple[StepResult, None]:
        asked.append(submission.name)
        return failed_judge(submission.name, step.folder, submission.digest, "not asked", step.points), None

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Grader, "judge", judged)
    monkeypatch.setattr("grading.judging.judge.save", full)
    monkeypatch.setattr("grading.judging.probes.why_not", lambda _mode: None)
    for name in ("ann", "bob", "cleo", "dan"):
        hand_in(tmp_path / "class", name, f"{OPEN}# {name}\n")
    assert main(["judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--jobs", "2"]) == 1
    printed, errors = capsys.readouterr()
    assert f"no result can be written to {tmp_path / 'out'} (No space left on device); what is judged stays" in errors
    assert "Traceback" not in errors
    assert "judged, results in" not in printed
    assert len(asked) <= 2
    (tmp_path / "refused" / "eve").mkdir(parents=True)  # she is written down without a slot
    assert main(["judge", "step5", str(tmp_path / "refused"), "--out", str(tmp_path / "out")]) == 1
    assert f"no result can be written to {tmp_path / 'out'} (No space left on device)" in capsys.readouterr()[1]


def test_whoever_handed_in_other_steps_alone_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They get no result, and nobody is passed over without a word."""
    (tmp_path / "class" / "fay" / "step3").mkdir(parents=True)
    assert main(["judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out")]) == 0
    printed, errors = capsys.readouterr()
    assert printed.startswith("0 judged")
    assert "passed over, for nothing but other steps was handed in: fay\n" in errors
    assert not (tmp_path / "out").exists()


def test_whoever_handed_in_the_same_files_shares_one_judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a result of their own, with what is to be said of their files alone, and nobody is judged the next time."""
    asked: list[str] = []

    def judged(_grader: Grader, step: Step, submission: Submission) -> tuple[StepResult, Durations]:
        asked.append(submission.name)
        durations = Durations(name=submission.name, step=step.folder, digest=submission.digest, seconds=1)
        return graded(submission.name, step.folder, submission.digest, []), durations

    monkeypatch.setattr(Grader, "judge", judged)
    for name, text in {"ann": OPEN, "bob": HALF, "cleo": OPEN, "dan": OPEN}.items():
        hand_in(tmp_path / "class", name, text)
    (tmp_path / "class" / "cleo" / "submission.json").write_text("{", encoding="utf-8")
    told: list[str] = []
    for _time in range(2):
        batch = Batch(step=STEP, out=tmp_path / "out")
        results = batch.judge([tmp_path / "class"], lambda result: told.append(result.name))
        assert [result.name for result in results] == ["ann", "bob", "cleo", "dan"]
        assert results == [batch.load(result.name) for result in results]
        assert ["submission.json: cannot be read" in "".join(result.feedback) for result in results] == [
            False,
            False,
            True,
            False,
        ]
        assert {*told} == {"ann", "bob", "cleo", "dan"}
        assert asked == ["ann", "bob"]
    assert sorted(path.stem for path in tmp_path.glob("out/durations/step5/*")) == ["ann", "bob"]


def test_two_batches_do_not_write_into_one_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is refused in one sentence; when the first has come to its end, the folder is free."""
    hand_in(tmp_path / "class", "ann", OPEN)
    hand_in(tmp_path / "class", "bob", HALF)
    command = ["judge", "step5", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    asked, statuses = [], []

    def judged(_grader: Grader, step: Step, submission: Submission) -> tuple[StepResult, None]:
        asked.append(submission.name)
        statuses.extend(main(command) for _ in range(len(asked) == 1))
        return graded(submission.name, step.folder, submission.digest, []), None

    monkeypatch.setattr(Grader, "judge", judged)
    monkeypatch.setattr("grading.judging.probes.why_not", lambda _mode: None)
    assert main(command) == 0
    assert (asked, statuses) == (["ann", "bob"], [1])
    assert f"another batch is writing into {tmp_path / 'out' / 'step5'}; wait for it" in capsys.readouterr().err
    assert main(command) == 0


def test_where_folders_cannot_be_locked_a_batch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on NFS, which locks only what is open for writing."""

    def refuse(_fd: int, _operation: int) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr("grading.judging.locks.fcntl.flock", refuse)
    (tmp_path / "class" / "eve").mkdir(parents=True)
    (result,) = Batch(step=STEP, out=tmp_path / "out").judge([tmp_path / "class"], lambda _: None)
    assert result.state == "rejected_intake"


def test_without_a_box_nothing_is_judged_but_for_practice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal names the reason and the way that remains."""
    monkeypatch.setattr("grading.judging.probes.why_not", lambda _mode: "this machine has no bubblewrap")
    (tmp_path / "eve").mkdir()  # nothing is there that could run
    command = ["judge", "step5", str(tmp_path / "eve"), "--out", str(tmp_path / "out")]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "this machine has no bubblewrap" in said
    assert "--practice" in said
    assert main([*command, "--practice"]) == 0
    assert "give no grades" in capsys.readouterr().err
