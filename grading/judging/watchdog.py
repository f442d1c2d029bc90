"""Where there are no control groups: look at a box's memory ten times a second, and kill the box if it is too much."""

import contextlib
import os
import re
import signal
import threading
from pathlib import Path

SECONDS = 0.1
PROC = Path("/proc")


class Watchdog:
    """Watches a process and its descendants from a thread of its own.

    Process 1 of a box inherits orphans, so no process of the box leaves the tree.
    """

    def __init__(self, pid: int, handle: int, limit: int) -> None:
        self.peak = 0
        """The most bytes seen; shared memory counts for each process by its share."""
        self.over = False
        """Whether the box was killed for memory."""
        self._pid, self._handle, self._limit = pid, handle, limit
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS):
            used = sum(memory_of(pid) for pid in tree(self._pid))
            self.peak = max(self.peak, used)
            if used > self._limit:
                self.over = True
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                return


def tree(root: int) -> set[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in os.scandir(PROC):
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = (PROC / entry.name / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = {root}, [root]
    while waiting:
        children = [child for child in parents.get(waiting.pop(), []) if child not in found]
        found.update(children)
        waiting += children
    return found


def memory_of(pid: int) -> int:
    """Bytes of a process; of what it shares with others, its part (`Pss`), else all of it. 0 once it is gone."""
    for name, pattern in (("smaps_rollup", r"^Pss:\s+(\d+) kB"), ("status", r"^VmRSS:\s+(\d+) kB")):
        with contextlib.suppress(OSError):
            text = (PROC / str(pid) / name).read_text(encoding="ascii", errors="replace")
            found = re.search(pattern, text, flags=re.MULTILINE)
            return 1024 * int(found[1]) if found else 0
    return 0
