"""Places for boxes, each with a user of its own and with a zygote, which is started when it is first wanted."""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Literal

from grading.judging import cgroups, seccomp
from grading.judging.bubblewrap import Limits, command
from grading.judging.staging import Staging

FIRST_USER = 60_600
"""Slots' user numbers when we are root; nothing else uses 60578 to 60705 (systemd's table of users and groups)."""

SLOTS = 100
START_SECONDS = 120.0
"""For imports of torch on a busy machine; nothing of an answer runs in this time."""

Mode = Literal["fresh", "preforked"]


class BoxError(Exception):
    """A worker that is no more, and why: `died`, `timeout`, `memory`; `broken` is the machine's fault, not the answer's."""

    def __init__(self, code: Literal["died", "timeout", "memory", "broken"], message: str) -> None:
        super().__init__(message)
        self.code = code


class Slot:
    """A place for one box at a time, with a user of its own if we are root; holds the zygote. A context manager."""

    def __init__(self, number: int, staging: Staging, limits: Limits | None = None, imports: Sequence[str] = ()) -> None:
        """Nothing is started before the first box.

        Args:
            number: of 0…99.
            staging: what its boxes show.
            limits: of each box.
            imports: modules that the zygote imports beside its own, so that boxes have them at once.

        Raises:
            ValueError: a number outside of 0…99.
        """
        if not 0 <= number < SLOTS:
            raise ValueError(f"slots are numbered 0 to {SLOTS - 1}, got {number}")
        self.number = number
        self.uid = FIRST_USER + number if os.geteuid() == 0 else None
        self.staging = staging
        self.limits = limits or Limits()
        self.imports = list(imports)
        self.folder = Path(tempfile.mkdtemp(prefix="slot-", dir=staging.folder))
        self.folder.chmod(0o755)
        self.boxes = 0
        self.executor = ThreadPoolExecutor(1)
        """For what only waits for the kernel, while the box goes on."""
        self._log = self.folder / "zygote.txt"
        cgroups.sweep()
        self._zygote: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._handle = -1

    def settings(self) -> str:
        """For the programs in the box, as JSON."""
        settings = {**asdict(self.limits), "seconds": 4 * int(self.limits.seconds) + 60, "imports": self.imports}
        return json.dumps({**settings, "filter": base64.b64encode(seccomp.program()).decode()})

    def start_zygote(self) -> None:
        """Let a zygote get ready, unless there is one; it takes seconds, and nobody waits for it here."""
        if self._zygote is not None and self._zygote[0].poll() is None:
            return
        self.stop_zygote()
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)  # its first word tells its process number
        program = ["-sP", "/opt/workshop/grading/runtime/zygote.py", "--fd", str(theirs.fileno()), "--settings", self.settings()]
        line = command(self.staging, self.limits, self.uid, program, answers=None, seccomp=None)
        with theirs, self._log.open("wb") as output:
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[theirs.fileno()])
        self._zygote = process, ours

    def zygote(self) -> socket.socket:
        """The socket to a zygote that is ready; starts one if there is none.

        Raises:
            BoxError: it does not start.
        """
        self.start_zygote()
        assert self._zygote is not None
        ours = self._zygote[1]
        if self._handle >= 0:
            return ours
        ours.settimeout(START_SECONDS)
        answer = b""
        with contextlib.suppress(OSError):
            answer, ancillary, *_ = ours.recvmsg(4096, socket.CMSG_SPACE(12))
            if answer == b"ready\n":
                self._handle = os.pidfd_open(sender(ancillary))
        if answer != b"ready\n":
            self.stop_zygote()
            said = answer.decode(errors="replace") or self._log.read_text(encoding="utf-8", errors="replace")
            raise BoxError("broken", f"the pre-forked worker does not start: {said.strip()[-2000:] or 'it said nothing'}")
        return ours

    def stop_zygote(self) -> None:
        """End it, and every worker with it."""
        if self._zygote is not None:
            process, ours = self._zygote
            self._zygote = None
            ours.close()
            if self._handle >= 0:
                end(self._handle, seconds=10)
                os.close(self._handle)
                self._handle = -1
            process.kill()
            process.wait()

    def __enter__(self) -> "Slot":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_zygote()
        self.executor.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def claimed(first: int) -> Iterator[int]:
    """The number of a slot from `first` on that no other process of this machine uses: two slots must not share a user.

    An ordinary user's slots have none of their own, and so may have equal numbers.

    Raises:
        ValueError: all are in use.
    """
    if os.geteuid() != 0:
        yield first
        return
    folder = Path("/run/lock" if os.access("/run/lock", os.W_OK) else tempfile.gettempdir())
    for number in range(first, SLOTS):
        with contextlib.ExitStack() as held:
            fd = os.open(folder / f"workshop-slot-{number}", os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            held.callback(os.close, fd)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
    raise ValueError(f"all slots from {first} to {SLOTS - 1} are in use on this machine; wait for other batches")


def sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    """The process that sent a message, by our count: unix(7), SCM_CREDENTIALS."""
    return int(struct.unpack("3i", ancillary[0][2])[0])


def end(handle: int, seconds: float) -> None:
    """Kill process 1 of a namespace; the kernel tells of its end when all processes of the namespace have ended."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    gone = select.poll()
    gone.register(handle, select.POLLIN)
    gone.poll(seconds * 1000)
