"""A box in which answers run, whatever they do: `Slot` is a place for one at a time, `Box` a worker with one person's answers.

    with Staging(root, answers=["models"]) as staging, Slot(0, staging) as slot, Box(slot) as box:
        box.start({"models": text}, mode="preforked")
        reply = wire.decode_reply(box.exchange(request, seconds=10), expected_id=1)

Two modes with the same results: `fresh` starts Python in bubblewrap for each worker (a second or more, because of torch),
`preforked` forks the slot's zygote (`grading/runtime/zygote.py`). The clock is on this side: at a deadline the box is killed, and
all in it. Use a slot from the thread that made it, and let that thread live as long as the slot: the kernel kills its boxes when
it ends.
"""

import contextlib
import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from grading.judging import cgroups, seccomp, wire
from grading.judging.bubblewrap import Limits, command
from grading.judging.slots import SLOTS, START_SECONDS, BoxError, Mode, Slot, end, sender
from grading.judging.staging import Interpreter
from grading.judging.watchdog import Watchdog, tree

__all__ = ["SLOTS", "Box", "BoxError", "Limits", "Mode", "Slot", "Usage"]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a worker used. Figures differ from run to run: keep them out of results."""

    seconds: float
    """Since the start, by our clock."""
    memory: int
    """The most bytes at one time, of all its processes; 0 if unknown."""
    output: bytes
    """What was printed, up to the limit. Made by the answers: escape it before anybody sees it."""
    output_cut: bool


class Box:
    """One worker in a slot; a context manager, at whose end nothing of it is left."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.limits = slot.limits
        self.pid: int | None = None
        """Process 1 of the box, by our count: when it ends, all in the box end."""
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._handle = -1
        self._output = -1
        self._printed = bytearray()
        self._cut = False
        self._group: cgroups.Cgroup | None = None
        self._joining_group: Future[None] | None = None
        self._watchdog: Watchdog | None = None
        self._peak = 0
        self._started = self._ready = self._ended = 0.0

    def start(
        self,
        files: Mapping[str, str],
        *,
        mode: Mode = "preforked",
        absent: Sequence[str] = (),
        forbidden: Sequence[str] = (),
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        """Start the worker and wait until it can take acts. No line of the answers has run yet.

        Args:
            files: module -> text of its file; the box shows them as /sub/module.py.
            mode: `fresh` or `preforked`.
            absent: modules that other steps' answers are in.
            forbidden: names that the exercise forbids: installed modules are not there in this box, or their functions raise, and
                so do those of `grading/runtime/forbidden.py`.
            seed: of the random generators that the answers see.
            threads: that torch uses.

        Raises:
            BoxError: `broken`, if it does not start.
        """
        if unfit := [name for name in files if not name.isidentifier()]:
            raise ValueError(f"files are named by their modules, got {unfit[0]!r}")
        covered = [*Interpreter.this().covered(forbidden)]
        self._started = time.monotonic()
        deadline = self._started + START_SECONDS
        ours, theirs = socket.socketpair()
        self._socket = ours
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._output, output = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(output, True)
        try:
            try:
                if mode == "fresh":
                    self._start_fresh(theirs, output, files, covered)
                else:
                    socket.send_fds(self.slot.zygote(), [b"f"], [theirs.fileno(), output])
            finally:
                theirs.close()
                os.close(output)
            self._meet(deadline)
            texts = {name: text.encode() for name, text in files.items()}
            start: dict[str, Any] = {"files": texts, "absent": list(absent), "covered": covered, "replaced": list(forbidden)}
            start |= {"seed": seed, "device": "cpu", "threads": threads}
            request = wire.encode({"id": 0, "kind": "start"}, start)
            wire.decode_reply(self._exchange(request, deadline), expected_id=0)
            if self._joining_group is not None:
                self._joining_group.result()
        except (BoxError, wire.WireError, OSError) as error:
            self.kill()
            if isinstance(error, BoxError) and error.code == "broken":
                raise
            printed = self._printed.decode(errors="replace").strip()
            raise BoxError("broken", f"the worker does not start: {printed[-2000:] or error}") from error
        self._ready = time.monotonic()

    def _start_fresh(
        self, theirs: socket.socket, output: int, files: Mapping[str, str], covered: Sequence[tuple[str, str]]
    ) -> None:
        """Python in bubblewrap, with the answers in a folder."""
        folder = self.slot.folder / "answers"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        for name, text in files.items():
            (folder / f"{name}.py").write_bytes(text.encode())
            (folder / f"{name}.py").chmod(0o644)
        reading, writing = os.pipe()
        os.write(writing, seccomp.program())
        os.close(writing)
        fd = theirs.fileno()
        program = ["-sP", "/opt/workshop/grading/runtime/worker.py", "--fd", str(fd), "--settings", self.slot.settings()]
        line = command(self.slot.staging, self.limits, self.slot.uid, program, answers=folder, seccomp=reading, covered=covered)
        try:
            self._process = subprocess.Popen(
                line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[fd, reading], cwd="/"
            )
        finally:
            os.close(reading)

    def _meet(self, deadline: float) -> None:
        """The worker's first byte tells its process number; a thread moves it into its control group, for which `start` waits."""
        assert self._socket is not None
        self._wait(self._socket, select.POLLIN, deadline)
        message, ancillary, *_ = self._socket.recvmsg(1, socket.CMSG_SPACE(12))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        self._socket.setblocking(False)
        if not message or not ancillary:
            raise BoxError("died", "the worker ended before its first word")
        self.pid = sender(ancillary)
        self._handle = os.pidfd_open(self.pid)
        self.slot.boxes += 1
        name = f"{self.slot.number}-{self.slot.boxes}"
        self._group = cgroups.make(name, self.limits.memory, self.limits.processes)
        if self._group is not None:
            self._joining_group = self.slot.executor.submit(self._group.add, self.pid)
        else:
            self._watchdog = Watchdog(self.pid, self._handle, self.limits.memory)

    def exchange(self, request: bytes, seconds: float) -> wire.Frame:
        """Send a frame and give back the next one; not more trustworthy than the answers.

        Raises:
            BoxError: the worker died, or was killed: for memory, or because there was no whole reply after so many seconds or
                at the end of its total time.
            wire.WireError: what came is no frame. The worker is killed then, too.
        """
        try:
            frame = self._exchange(request, min(time.monotonic() + seconds, self._ready + self.limits.seconds))
            if self._out_of_memory():
                raise self._death()
            return frame
        except (BoxError, wire.WireError):
            self.kill()
            raise

    def _exchange(self, request: bytes, deadline: float) -> wire.Frame:
        connection = self._socket
        if connection is None:
            raise BoxError("died", "the worker is not running")
        rest = memoryview(request)
        while rest:
            self._wait(connection, select.POLLOUT, deadline)
            with contextlib.suppress(BlockingIOError):
                try:
                    rest = rest[connection.send(rest) :]
                except OSError as error:
                    raise self._death() from error

        def read(size: int) -> bytes:
            data = bytearray()
            while len(data) < size:
                self._wait(connection, select.POLLIN, deadline)
                with contextlib.suppress(BlockingIOError):
                    try:
                        part = connection.recv(min(size - len(data), 2**20))
                    except ConnectionError:
                        part = b""
                    if not part:
                        raise self._death()
                    data += part
            return bytes(data)

        return wire.read_frame(read, wire.MAX_REPLY)

    def _wait(self, connection: socket.socket, event: int, deadline: float) -> None:
        """Until the socket is ready; meanwhile take what is printed, and watch for the worker's end."""
        poll = select.poll()
        poll.register(connection, event)
        for fd in (self._output, self._handle):
            if fd >= 0:
                poll.register(fd, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BoxError("timeout", "the worker was stopped: no answer in time")
            ready = dict(poll.poll(left * 1000))
            if self._output in ready and not self._drain():
                poll.unregister(self._output)
            if connection.fileno() in ready:
                return
            if self._handle in ready or (self._handle < 0 and self._process is not None and self._process.poll() is not None):
                raise self._death()

    def _drain(self) -> bool:
        """Take what is printed, and drop what is beyond the limit; False at its end."""
        try:
            part = os.read(self._output, 2**16)
        except BlockingIOError:
            return True
        room = self.limits.output - len(self._printed)
        self._cut |= len(part) > room
        self._printed += part[:room]
        return bool(part)

    def _out_of_memory(self) -> bool:
        """Whether it, or any of its processes, was killed for memory."""
        return (self._watchdog is not None and self._watchdog.over) or (self._group is not None and self._group.killed > 0)

    def _death(self) -> BoxError:
        """Why the worker is no more."""
        if self._out_of_memory():
            return BoxError("memory", f"the worker was stopped: more than {self.limits.memory // 2**20} MiB of memory")
        return BoxError("died", "the worker ended before it answered")

    def kill(self) -> None:
        """Stop the worker and all that it started; returns when nothing of it is left. May be called more than once."""
        if self._ended:
            return
        self._ended = time.monotonic()
        if self._joining_group is not None:
            wait([self._joining_group])
        if self._handle >= 0:
            end(self._handle, seconds=10)
        if self._process is not None:
            if self._handle < 0:
                self._process.kill()
            self._process.wait()
        if self._watchdog is not None:
            self._watchdog.stop()
            self._peak = self._watchdog.peak
        if self._group is not None:
            self._peak = self._group.peak
            self._group.remove()
        while self._output >= 0 and len(self._printed) < self.limits.output:
            before = len(self._printed)
            if not self._drain() or len(self._printed) == before:
                break
        for fd in (self._output, self._handle):
            if fd >= 0:
                os.close(fd)
        self._output = self._handle = -1
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def processes(self) -> set[int]:
        """The box's processes at this moment, by our count."""
        return set() if self.pid is None or self._ended else tree(self.pid)

    @property
    def usage(self) -> Usage:
        """So far, or in all once it is killed."""
        peak = self._peak
        if not self._ended:
            peak = self._group.peak if self._group is not None else self._watchdog.peak if self._watchdog is not None else 0
        seconds = (self._ended or time.monotonic()) - self._started
        return Usage(seconds=seconds, memory=peak, output=bytes(self._printed), output_cut=self._cut)

    def __enter__(self) -> "Box":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
