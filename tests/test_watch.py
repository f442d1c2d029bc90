"""`workshop watch`: whatever is saved is tested at once, and nothing that an intern saves ends it."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.learning.watch import Watch
from grading.learning.workspace import Workspace
from tests.small_course import GAPS, STUB, answer, write_small_course

WATCHING = "watching: save a file to test it"


class Watched:
    """A running `workshop watch`, line by line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grading", "watch"],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # as a shell starts a command: in a group of its own, which a terminal's Ctrl-C goes to
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line)

    def until(self, text: str) -> str:
        """Everything up to the next line that holds a text."""
        seen = ""
        deadline = time.monotonic() + 90
        while text not in seen:
            try:
                seen += self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"{text!r} did not come; what came: {seen}")
        return seen


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A watch over a small course."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p grading.runtime.pytest_plugin\n")
    write_small_course(tmp_path)
    running = Watched(tmp_path)
    try:
        running.until(WATCHING)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait()
        running.reader.join()


def test_watch_survives_whatever_is_saved_and_stops_at_ctrl_c(watched: Watched) -> None:
    """A right answer, a syntax error, code that ends Python, and a right answer again; then no process is left."""
    path = watched.root / STUB
    answer(watched.root, 1, "return x + x")
    assert "1 passed" in watched.until(WATCHING)
    right = path.read_text()
    path.write_text(right.replace("return x + x", "return (x + x"))
    assert "Python cannot read this line" in watched.until(WATCHING)
    path.write_text(right.replace("return x + x", "import os; os._exit(77)"))
    assert "exit status 77" in watched.until("Watching on")
    path.write_text(right.replace("return x + x", "return 2 * x"))
    assert "1 passed" in watched.until(WATCHING)
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(timeout=30) == 0
    assert "stopped watching" in watched.until("stopped watching")


def test_the_end_of_the_process_that_waits_is_no_end_of_the_watch(watched: Watched) -> None:
    """Killed for memory, say: the next save is tested by another."""
    waiting = subprocess.run(["pgrep", "-P", str(watched.process.pid)], capture_output=True, text=True, check=True).stdout.split()
    for process in waiting:
        os.kill(int(process), signal.SIGKILL)
    time.sleep(0.5)
    answer(watched.root, 1, "return x + x")
    assert "1 passed" in watched.until(WATCHING)


def test_ctrl_c_in_a_terminal_ends_it_without_a_traceback(watched: Watched) -> None:
    """It goes to the whole group, and what waits for the next save, or still imports, says nothing."""
    time.sleep(2)
    watched.process.send_signal(signal.SIGSTOP)  # slow to end the others
    os.killpg(watched.process.pid, signal.SIGINT)
    time.sleep(2)
    watched.process.send_signal(signal.SIGCONT)
    assert watched.process.wait(timeout=30) == 0
    watched.reader.join()
    left = "".join(watched.lines.queue)
    assert left.strip() == "stopped watching"


def test_a_save_tests_the_exercises_whose_code_changed(tmp_path: Path) -> None:
    """Not the comments; where Python cannot read the file, or nothing changed, the next one."""
    workspace = write_small_course(tmp_path)
    watch = Watch(workspace, list(workspace.course.exercises()))
    path = tmp_path / STUB

    def tested() -> list[str]:
        return [exercise.id for exercise in watch.to_test({path})]

    assert tested() == ["1.1"]
    answer(tmp_path, 1, "return 2 * x")
    answer(tmp_path, 3, "return 1.0")
    assert tested() == ["1.1", "1.3"]
    path.write_text(path.read_text() + "\n# done for today\n")
    assert tested() == ["1.2"]
    path.write_text(path.read_text().replace(GAPS[2], "return (4 * x"))
    assert tested() == ["1.4"], "the gaps that can still be seen"
    assert watch.to_test(set()) == []


def test_saves_are_seen_by_time_and_size(tmp_path: Path) -> None:
    """A look that finds nothing gives an empty set."""
    workspace: Workspace = write_small_course(tmp_path)
    saves = Watch(workspace, list(workspace.course.exercises())).saves()
    assert next(saves) == set()
    answer(tmp_path, 1, "return 2 * x")
    assert [next(saves) for _ in range(3)] == [set(), {tmp_path / STUB}, set()]
    path, before = tmp_path / STUB, (tmp_path / STUB).stat().st_mtime_ns
    for old, new, later in (("2 * x", "3 * x", 10**9), ("3 * x", "30 * x", 0)):
        path.write_text(path.read_text().replace(old, new))
        before += later
        os.utime(path, ns=(before, before))
        assert [next(saves) for _ in range(3)] == [set(), {path}, set()]


def test_a_file_that_is_still_being_written_is_not_saved_yet(tmp_path: Path) -> None:
    """Many editors empty a file and then write it: that is one save, and what was half there is never tested."""
    workspace = write_small_course(tmp_path)
    saves = Watch(workspace, list(workspace.course.exercises())).saves()
    path = tmp_path / STUB
    text = path.read_text(encoding="utf-8")
    for written in ("", text[:100], text + "\n"):
        path.write_text(written, encoding="utf-8")
        assert next(saves) == set()
    assert [next(saves) for _ in range(2)] == [{path}, set()]
