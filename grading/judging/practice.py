"""A worker without a box, for practice where none can be made: an ordinary process, with all rights of whoever starts it.

It speaks the same wire as a box and gives honest answers the same verdicts. A hostile one can read the tests, write its own
result, or delete its judge's files: so what is judged in this way is marked, and no gradebook takes it.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grading.judging import wire
from grading.judging.bubblewrap import environment
from grading.judging.slots import START_SECONDS, BoxError, Slot


class PracticeBox:
    """One worker; what `sandbox.Box` is, without the walls."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready = 0.0

    def start(self, files: Mapping[str, str], *, absent: Sequence[str], forbidden: Sequence[str], seed: int = 0) -> None:
        """Start the worker and wait until it can take acts.

        Raises:
            BoxError: `broken`, if it does not start.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="practice-", dir=self.slot.folder))
        for name, text in files.items():
            (self._folder / f"{name}.py").write_bytes(text.encode())
        code = self.slot.staging.folder / "code"
        self._socket, theirs = socket.socketpair()
        program = [str(code / "grading/runtime/worker.py"), f"--fd={theirs.fileno()}", "--settings={}"]
        variables = environment() | {"PYTHONPATH": str(code), "HOME": str(self._folder), "MPLCONFIGDIR": str(self._folder)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-sP", *program, f"--answers={self._folder}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=self._folder,
                env={name: value for name, value in variables.items() if name != "LD_LIBRARY_PATH"},
                start_new_session=True,
            )
        start: dict[str, Any] = {"files": dict.fromkeys(files, b""), "absent": list(absent), "covered": [], "seed": seed}
        request = wire.encode({"id": 0, "kind": "start"}, start | {"replaced": list(forbidden), "device": "cpu", "threads": 1})
        deadline = time.monotonic() + START_SECONDS
        try:
            self._read(1, deadline)
            wire.decode_reply(self._exchange(request, deadline), expected_id=0)
        except (BoxError, wire.WireError) as error:
            self.kill()
            raise BoxError("broken", f"the worker does not start: {error}") from error
        self._ready = time.monotonic()

    def exchange(self, request: bytes, seconds: float) -> wire.Frame:
        """Send a frame and give back the next one.

        Raises:
            BoxError: the worker died, or was killed because there was no whole reply in time.
            wire.WireError: what came is no frame. The worker is killed then, too.
        """
        try:
            return self._exchange(request, min(time.monotonic() + seconds, self._ready + self.slot.limits.seconds))
        except (BoxError, wire.WireError):
            self.kill()
            raise

    def _exchange(self, request: bytes, deadline: float) -> wire.Frame:
        if self._socket is None:
            raise BoxError("died", "the worker is not running")
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(request)
        except TimeoutError:
            raise BoxError("timeout", "the worker was stopped: no answer in time") from None
        except OSError:
            raise BoxError("died", "the worker ended before it answered") from None
        return wire.read_frame(lambda size: self._read(size, deadline), wire.MAX_REPLY)

    def _read(self, size: int, deadline: float) -> bytes:
        assert self._socket is not None
        data = bytearray()
        while len(data) < size:
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
                part = self._socket.recv(min(size - len(data), 2**20))
            except TimeoutError:
                raise BoxError("timeout", "the worker was stopped: no answer in time") from None
            except OSError:
                part = b""
            if not part:
                raise BoxError("died", "the worker ended before it answered")
            data += part
        return bytes(data)

    def kill(self) -> None:
        """Stop the worker and what it started, as far as that has not run away. May be called more than once."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
