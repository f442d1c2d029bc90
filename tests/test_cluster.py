"""`workshop judge --scheduler`: a real Dask scheduler and two workers, each a process; the first test uses the real sandbox."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grading.classroom import cluster
from grading.classroom.cluster import Cluster, ClusterError
from grading.classroom.cluster_worker import Graders, Job, Order, this_machine, why_unfit
from grading.judging.intake import take_in
from grading.judging.judge import Batch, Grader
from grading.judging.results import StepResult
from tests.test_judge import COURSE, HALF, OPEN, RIGHT, STEP, hand_in

ROOT = Path(__file__).parents[1]
WORKERS = 2


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """A program of Dask in a process group of its own."""
    settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | settings, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def dask_cluster(folder: Path, *options: str) -> Iterator[str]:
    """The file that leads to a scheduler, with two workers of one thread each."""
    file = folder / "scheduler.json"
    leads = f"--scheduler-file={file}"
    scheduler = start("scheduler", "--host=127.0.0.1", "--port=0", leads)
    places = [f"--local-directory={folder / str(number)}" for number in range(WORKERS)]
    workers = [start("worker", leads, "--nthreads=1", place, *options) for place in places]
    try:
        deadline = time.monotonic() + 60
        while not file.is_file():
            assert time.monotonic() < deadline, "no scheduler; is the extra `cluster` installed? (pip install -e .[dev])"
            time.sleep(0.1)
        yield str(file)
    finally:
        for process in (*workers, scheduler):
            kill(process)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of workers that judge nothing; see `cluster_preload.py`."""
    with dask_cluster(tmp_path_factory.mktemp("quick"), f"--preload={ROOT / 'tests' / 'cluster_preload.py'}") as scheduler:
        wait_for_workers(scheduler)
        yield scheduler


def wait_for_workers(scheduler: str) -> dict[str, int]:
    """Address -> process of each worker, when all are there."""
    from distributed import Client

    with Client(scheduler_file=scheduler, set_as_default=False) as client:
        client.wait_for_workers(WORKERS, timeout=90)
        return dict(client.run(os.getpid))


def written(out: Path) -> dict[str, bytes]:
    """Name -> bytes of each result."""
    return {path.name: path.read_bytes() for path in (out / "step5").iterdir()}


def quick_class(folder: Path, *names: str) -> Path:
    """Students whose answers differ."""
    for name in names:
        hand_in(folder, name, f"# {name}\n{OPEN}")
    return folder


@pytest.mark.timeout(900)  # three times torch is imported, on a machine that may be busy
def test_results_are_those_of_one_machine_though_a_worker_is_killed(tmp_path: Path) -> None:
    """The same bytes, none torn, none twice, each with its durations; what cannot be taken in is never sent."""
    students = tmp_path / "class"
    for name, text in {"ann": HALF, "bob": OPEN, "carl": OPEN.replace("def", "dof", 1)}.items():
        hand_in(students, name, text)
    (students / "eve").mkdir()
    Batch(step=STEP, out=tmp_path / "local", jobs=1).judge([students], lambda _: None)
    told: list[str] = []
    with dask_cluster(tmp_path) as scheduler:
        processes = wait_for_workers(scheduler)

        def kill_one(result: StepResult) -> None:
            told.append(result.name)
            if len(told) == 2:  # eve's, and the first that was judged: all workers are at work
                os.kill(next(iter(processes.values())), signal.SIGKILL)

        batch = Batch(step=STEP, out=tmp_path / "remote", judges=Cluster(scheduler=scheduler).judge)
        results = batch.judge([students], kill_one)
    assert sorted(told) == [result.name for result in results] == ["ann", "bob", "carl", "eve"]
    assert results[0].points == COURSE.exercise("5.1").points
    assert written(tmp_path / "remote") == written(tmp_path / "local")
    durations = {path.name for path in (tmp_path / "remote" / "durations" / "step5").iterdir()}
    assert durations == set(written(tmp_path / "remote")) - {"eve.json"}


def test_a_submission_that_kills_its_workers_costs_only_itself(quick: str, tmp_path: Path) -> None:
    """It is no 0 but the judge's failure, and judged again next time; who ran beside it is judged."""
    students = quick_class(tmp_path / "class", "ann", "bob", "carl", "deadly", "eve")
    batch = Batch(step=STEP, out=tmp_path / "out", judges=Cluster(scheduler=quick).judge)
    results = {result.name: result for result in batch.judge([students], lambda _: None)}
    assert {name: result.state for name, result in results.items() if name != "deadly"} == dict.fromkeys(
        ("ann", "bob", "carl", "eve"), "graded"
    )
    assert (results["deadly"].state, results["deadly"].points) == ("infra_error", None)
    assert "died again and again" in results["deadly"].feedback[0]


def test_a_batch_that_was_stopped_goes_on(quick: str, tmp_path: Path) -> None:
    """Ctrl-C after the first result leaves whole files; the same command judges the others, and those only."""
    students = quick_class(tmp_path / "class", *(f"s{number:03}" for number in range(40)))
    out = tmp_path / "out"
    command = [sys.executable, "-W", "error", "-m", "grading", "judge", "step5", str(students), "--out", str(out)]
    command += ["--scheduler", quick]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("s")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130, said
    assert said.endswith(f"\nstopped; what is judged lies in {out}, and the same command goes on\n")
    first = {path: path.stat().st_mtime_ns for path in (out / "step5").iterdir()}
    assert 1 <= len(first) < 40
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout.splitlines()[-1] == f"40 judged, results in {out / 'step5'}"
    assert "Warning" not in said + again.stderr
    assert {path: path.stat().st_mtime_ns for path in first} == first


def test_a_worker_with_another_course_is_refused(quick: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence that says which worker, what differs, and what to do; nothing is judged."""
    order = Order(step=5, mode="preforked")
    monkeypatch.setattr(cluster, "this_machine", lambda order: msgspec.structs.replace(this_machine(order), code="0123"))
    batch = Batch(step=STEP, out=tmp_path / "out", judges=Cluster(scheduler=quick).judge)
    with pytest.raises(ClusterError, match=r"^the worker at tcp://\S+ has other files .* check out the same commit there"):
        batch.judge([quick_class(tmp_path / "class", "ann")], lambda _: None)
    assert not (tmp_path / "out").exists()
    other = msgspec.structs.replace(this_machine(order), versions=this_machine(order).versions | {"torch": "1.0"})
    assert "has torch" in why_unfit(order, other)
    assert "the same key file and private tests" in why_unfit(order, msgspec.structs.replace(this_machine(order), course="x"))
    elsewhere = Order(step=5, mode="preforked", key_file=str(tmp_path / "none.key"))
    assert f"put {elsewhere.key_file} there, too, at the same path" in why_unfit(elsewhere, this_machine(order))


def test_the_key_does_not_travel(tmp_path: Path) -> None:
    """What goes out is the path of its file, the digest of the course, and the answer."""
    (tmp_path / "course.key").write_text("a secret")
    order = Order(step=5, mode="preforked", key_file=str(tmp_path / "course.key"))
    submission = take_in(hand_in(tmp_path, "ann", RIGHT), ["evaluator.py"], folder="step5")
    sent = msgspec.json.encode(Job(order=order, asking=this_machine(order), submission=submission)).decode()
    assert order.key() == "a secret"
    assert "a secret" not in sent
    assert msgspec.json.decode(sent, type=Job).submission == submission


def test_a_scheduler_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the commands that start one."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    batch = Batch(step=STEP, out=tmp_path / "out", judges=Cluster(scheduler="tcp://127.0.0.1:9").judge)
    with pytest.raises(ClusterError, match=r"no scheduler answers at tcp://127.0.0.1:9 .*`dask scheduler`"):
        batch.judge([quick_class(tmp_path / "class", "ann")], lambda _: None)


def test_without_workers_it_waits_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the scheduler goes away while it waits: it says so, and ends."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.5)
    said: list[str] = []
    file = tmp_path / "scheduler.json"
    scheduler = start("scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={file}")
    while not file.is_file():
        assert scheduler.poll() is None
        time.sleep(0.1)

    def say(line: str) -> None:
        said.append(line)
        kill(scheduler)

    judges = Cluster(scheduler=str(file), say=say).judge
    with pytest.raises(ClusterError, match="went away"):
        Batch(step=STEP, out=tmp_path / "out", judges=judges).judge([quick_class(tmp_path / "class", "ann")], lambda _: None)
    assert said == [f"the cluster at {file} has no worker yet; waiting for one (Ctrl-C stops)"]


def test_a_worker_keeps_its_graders(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each thread at work; those of another order are ended first, and closing ends those in use when given back."""
    ended: list[Grader] = []

    def stop(grader: Grader) -> None:
        ended.append(grader)

    monkeypatch.setattr(Grader, "stop", stop)
    graders, here = Graders(), Order(step=5, mode="fresh")
    with graders.one(here) as first, graders.one(here) as second:
        assert first is not second
    with graders.one(here) as third:
        assert third in (first, second)
        graders.close()
        assert ended == [second if third is first else first]
    assert ended[1:] == [third]
    with graders.one(here) as fourth:
        assert fourth not in ended
    with graders.one(msgspec.structs.replace(here, mode="preforked")) as other:
        assert other.command != fourth.command
        assert ended[2:] == [fourth]


def test_every_step_is_known_to_a_worker() -> None:
    """Its digests differ from step to step, and are the same each time."""
    machines = [this_machine(Order(step=step.number, mode="fresh")) for step in COURSE.steps]
    assert len({machine.course for machine in machines}) == len(machines)
    assert len({machine.code for machine in machines}) == 1


def test_a_client_that_has_given_up_hides_no_reason() -> None:
    """After two seconds without a scheduler it has none any more; the batch ends with its sentence all the same."""

    class GivenUp:
        scheduler: Any = None

        def cancel(self, futures: object, *, force: bool) -> None:
            self.scheduler.cancel(futures, force)

        def nthreads(self) -> object:
            return self.scheduler.nthreads()

    order = Order(step=STEP.number, mode="preforked")
    run = cluster._Run(
        cluster=Cluster(scheduler="tcp://127.0.0.1:1", key_file=None, say=print),
        client=GivenUp(),
        step=STEP,
        order=order,
        asking=this_machine(order),
        finish=lambda *_: None,
        pressed=threading.Event(),
    )
    run.end()
    with pytest.raises(ClusterError, match=r"the scheduler at tcp://127\.0\.0\.1:1 went away"):
        run._threads()
