"""Limits on memory and processes of a whole box at once, where the kernel lets us set them: control groups, version 1 or 2.

Where groups divide the processors, too (version 1, or version 2 with `cpu` switched on), a box has one share of them, whatever
it starts.
Without them a box has limits per process (`setrlimit`) and a watchdog (`watchdog.py`).
"""

import contextlib
import os
import time
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
PREFIX = "workshop-judge"
KINDS = ("memory", "cpu", "pids")
"""Of version 1."""


class Cgroup:
    """A control group of our own. Version 1 has folders for memory, processors and processes, version 2 one for all."""

    def __init__(self, name: str, memory: int, processes: int) -> None:
        """Make it.

        Raises:
            OSError: the kernel or the container does not let us.
        """
        self.second = "memory" in _text(MOUNT / "cgroup.controllers").split()
        name = f"{PREFIX}-{os.getpid()}-{name}"
        kinds = [kind for kind in KINDS if kind != "cpu" or (MOUNT / kind).is_dir()]
        self._events = -1
        self.folders = [MOUNT / name] if self.second else [MOUNT / kind / name for kind in kinds]
        limits = {"memory.max": memory, "memory.swap.max": 0} if self.second else {"memory.limit_in_bytes": memory}
        try:
            for folder in self.folders:
                folder.mkdir()
            for file, limit in limits.items():
                if (self.folders[0] / file).exists() or file == "memory.max":
                    (self.folders[0] / file).write_text(str(limit), encoding="ascii")
            (self.folders[-1] / "pids.max").write_text(str(processes), encoding="ascii")
            self._events = os.open(self.folders[0] / ("memory.events" if self.second else "memory.oom_control"), os.O_RDONLY)
        except OSError:
            self.remove()
            raise

    def add(self, pid: int) -> None:
        """Put a process in; those that it starts from now on are in it, too."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid), encoding="ascii")

    @property
    def peak(self) -> int:
        """The most memory in bytes that it held at one time, files in memory included; 0 if the kernel does not tell."""
        return int(_text(self.folders[0] / ("memory.peak" if self.second else "memory.max_usage_in_bytes")).strip() or 0)

    @property
    def killed(self) -> int:
        """How many of its processes the kernel killed for memory; asked after each act, so the file stays open."""
        try:
            text = os.pread(self._events, 4096, 0)
        except OSError:  # the group is gone
            return 0
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(b"oom_kill "))

    def remove(self) -> None:
        """Take it away; its processes must be dead. A group that the kernel still holds is left behind, empty."""
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        for folder in filter(Path.is_dir, self.folders):  # where none can be made, nobody waits
            for _ in range(20):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.01)


def sweep() -> None:
    """Take away the empty groups of judges that were killed."""
    for parent in (MOUNT, *(MOUNT / kind for kind in KINDS)):
        for folder in parent.glob(f"{PREFIX}-*"):
            if not Path(f"/proc/{folder.name.split('-')[2]}").exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def make(name: str, memory: int, processes: int) -> Cgroup | None:
    """A group of this process, or None where there can be none. As an ordinary user there is none."""
    if os.geteuid() != 0:
        return None
    try:
        return Cgroup(name, memory, processes)
    except OSError:
        return None
