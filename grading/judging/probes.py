"""Does the box hold? `why_not` asks bubblewrap in a moment, `probes` tries to get out of the real box in every way we know.

Nothing is graded where one of them says no.
"""

import os
import platform
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import cloudpickle

import grading
from grading.judging import seccomp, wire
from grading.judging.bubblewrap import MIB, Limits, missing_programs
from grading.judging.sandbox import SLOTS, Box, BoxError, Mode, Slot
from grading.judging.slots import FIRST_USER
from grading.judging.staging import DIGIT_DATA, TOGETHER

ATTEMPTS = Path(grading.__file__).parent / "runtime" / "attempts.py"
MEMORY = 1024 * MIB
"""The limit under which memory is probed."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One way out that was tried."""

    name: str
    held: bool
    detail: str
    """What got through; empty if it held."""


def why_not(mode: Mode = "fresh") -> str | None:
    """Why no box can be made on this machine, and what to do about it, in one sentence; None if one can be made.

    Pre-forked workers need namespaces within namespaces, which some machines allow to root and some to nobody.
    """
    if sys.platform != "linux":
        return "judging needs Linux: on macOS and Windows, run it in the container of grading/Containerfile or in a Linux machine"
    if platform.machine() not in seccomp.ARCHITECTURES:
        return f"judging knows the system calls of {' and '.join(seccomp.ARCHITECTURES)} only, and this is {platform.machine()}"
    if missing := missing_programs():
        return f"judging needs {', '.join(missing)}: install it with `apt install bubblewrap util-linux` (Debian, Ubuntu)"
    front = ["setpriv", f"--reuid={FIRST_USER}", f"--regid={FIRST_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    box = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", "--dev", "/dev"]
    inner = ["/usr/bin/unshare", *(["--user", "--mount"] if mode == "preforked" else []), "/usr/bin/true"]
    tried = subprocess.run([*front, *box, "--proc", "/proc", *inner], capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    said = (tried.stderr.strip().splitlines() or ["it said nothing"])[-1]
    if mode == "preforked" and why_not() is None:
        return f"pre-forked workers cannot be made here ({said}): use fresh ones, which are slower and otherwise the same"
    if _text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        advice = (
            "Ubuntu's AppArmor forbids it: give /usr/bin/bwrap a profile that allows user namespaces, as CONTRIBUTING.md shows, "
            "or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
        )
    elif Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        advice = "a container's default rules forbid it: start it with the options that grading/Containerfile names"
    elif _text("/proc/sys/user/max_user_namespaces") == "0" or _text("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        advice = "user namespaces are turned off: set sysctl user.max_user_namespaces, or kernel.unprivileged_userns_clone=1"
    else:
        advice = "try that command by hand, or judge in a machine of your own where user namespaces are allowed"
    return f"bubblewrap cannot make a box here ({said}): {advice}"


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def probes(slot: Slot, root: Path, mode: Mode) -> list[Probe]:
    """Try every way out of a box in this slot.

    Args:
        slot: that nobody uses at the moment; its zygote is started anew.
        root: the repository, whose files the box must not show.
        mode: how the workers are started.

    Raises:
        BoxError: a box does not even start.
    """
    with Tried(slot, root, mode) as tried:
        return [tried.probe(name) for name in WAYS]


class Tried:
    """The box that is probed; a context manager. Attempts that leave it whole share one."""

    def __init__(self, slot: Slot, root: Path, mode: Mode) -> None:
        self.slot, self.root, self.mode = slot, root, mode
        self._box: Box | None = None

    def probe(self, name: str) -> Probe:
        """Try one of `WAYS`.

        Raises:
            BoxError: a box does not even start.
        """
        through = WAYS[name](self)
        return Probe(name=name, held=not through, detail="; ".join(through))

    def get(self, name: str, *arguments: Any) -> list[str]:
        """What a function of `grading/runtime/attempts.py` gets in the shared box."""
        if self._box is None:
            self._box = self.fresh()
        return asked(self._box, name, *arguments)

    def alone(self, name: str, *arguments: Any, limits: Limits | None = None, seconds: float = 60) -> tuple[list[str], Box]:
        """The same in a box of its own, and this box, ended."""
        with self.fresh(limits) as box:
            return asked(box, name, *arguments, seconds=seconds), box

    def stopped(self, name: str, *arguments: Any, limits: Limits | None = None, seconds: float = 60) -> list[str]:
        """The same for an attempt that must end with the box, or with an error of its own."""
        try:
            through, _ = self.alone(name, *arguments, limits=limits, seconds=seconds)
        except BoxError as error:
            return [str(error)] if error.code == "broken" else []
        return [line for line in through if "MemoryError" not in line]

    def fresh(self, limits: Limits | None = None) -> Box:
        """A box that has just been started, instead of the shared one."""
        self.close()
        box = Box(self.slot)
        box.limits = limits or self.slot.limits
        box.start({"attempts": ATTEMPTS.read_text(encoding="utf-8")}, mode=self.mode)
        return box

    def close(self) -> None:
        """End the shared box; the next attempt starts another."""
        if self._box is not None:
            self._box.kill()
            self._box = None

    def __enter__(self) -> "Tried":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def asked(box: Box, name: str, *arguments: Any, seconds: float = 60) -> list[str]:
    """What an attempt gets in a box that runs already.

    Raises:
        BoxError: the box was stopped.
    """

    def act(attempts: Any) -> Any:
        return getattr(attempts, name)(*arguments)

    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    try:
        request = wire.encode({"id": 1, "kind": "call"}, bytes(cloudpickle.dumps(act)))
    finally:
        cloudpickle.unregister_pickle_by_value(here)
    reply = wire.decode_reply(box.exchange(request, seconds), expected_id=1)
    return [*map(str, reply.value)] if reply.status == "ok" else [f"the attempt failed by itself: {reply.value}"]


def network(tried: Tried) -> list[str]:
    """Connections, with somebody who would answer."""
    name = f"workshop-{secrets.token_hex(8)}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + name)
        unix.listen()
        return tried.get("connections", tcp.getsockname()[1], name)


def host_files(tried: Tried) -> list[str]:
    """The repository, homes, configuration, and the folder that boxes are made from."""
    places = [
        tried.root,
        Path(os.environ.get("HOME", "/root")),
        tried.slot.staging.folder,
        *map(Path, ["/etc", "/root", "/home", "/var", "/mnt", "/srv", "/run", "/sys"]),
    ]
    return tried.get("readable", [str(path) for path in places])


def reference(tried: Tried) -> list[str]:
    """Modules with answers, and what judges them, by import and by name."""
    hidden = sorted({*tried.slot.staging.answers, *TOGETHER})
    modules = [*(f"handwriting_workshop.{name}" for name in hidden), "grading.manifest", "grading.hidden", "grading.cli"]
    files = [*(f"{name}.py" for name in hidden if not name.startswith("_")), "steps.toml", "mistakes.json"]
    return tried.get("importable", modules) + tried.get("files_under", ["/opt/workshop", "/tmp", "/dev/shm"], files)


def digit_data(tried: Tried) -> list[str]:
    """By the packages' own functions, and by name."""
    files = [Path(name).name for name in DIGIT_DATA if "." in name]
    return tried.get("digits") + tried.get("files_under", ["/opt", "/usr"], [*files, "mnist_5k.csv.gz"])


def other_slots(tried: Tried) -> list[str]:
    """Files and processes of a submission in another slot, while it is there; the judge's process."""
    number = (tried.slot.number + 1) % SLOTS
    with Slot(number, tried.slot.staging, tried.slot.limits) as other, Box(other) as box:
        box.start({"neighbours_answers": "secret = 1\n"}, mode=tried.mode)
        pids = [*box.processes(), os.getpid()]
        folder = str(other.folder)
        through = tried.get("readable", [folder]) + tried.get("files_under", ["/"], ["neighbours_answers.py"])
        return through + tried.get("other_processes", pids)


def environment(tried: Tried) -> list[str]:
    """A secret among the judge's variables, which a zygote that starts now could inherit."""
    secret = secrets.token_hex(16)
    os.environ["WORKSHOP_PROBE"] = secret
    try:
        tried.close()
        tried.slot.stop_zygote()
        return tried.get("environment", secret)
    finally:
        del os.environ["WORKSHOP_PROBE"]


def shared_memory(tried: Tried) -> list[str]:
    """What one box leaves for the next."""
    name = secrets.token_hex(8)
    return tried.alone("left_behind", name)[0] + tried.alone("left_behind", name)[0]


def memory(tried: Tried) -> list[str]:
    """Twice the limit, in one process and in eight."""
    small = replace(tried.slot.limits, memory=MEMORY)
    one = tried.stopped("memory_in_one", 2 * MEMORY, limits=small)
    return one + tried.stopped("memory_in_many", 2 * MEMORY, 8, limits=small)


def output(tried: Tried) -> list[str]:
    """More text than is kept."""
    most = tried.slot.limits.output
    through, box = tried.alone("flood", 3 * most)
    return through + ([f"{len(box.usage.output)} bytes were kept"] if len(box.usage.output) > most else [])


def survivors(tried: Tried) -> list[str]:
    """A daemon, after its box has ended."""
    with tried.fresh() as box:
        through = asked(box, "daemon")
        inside = box.processes()
    through += [] if len(inside) > 1 else ["the daemon was not seen: this probe says nothing"]
    return through + [f"process {pid} lives on" for pid in sorted(inside) if Path(f"/proc/{pid}").exists()]


WAYS: dict[str, Callable[[Tried], list[str]]] = {
    "network": network,
    "host files": host_files,
    "reference and tests": reference,
    "packaged digit data": digit_data,
    "other slots and processes": other_slots,
    "environment": environment,
    "namespaces and capabilities": lambda tried: tried.get("namespaces"),
    "system calls": lambda tried: tried.get("calls"),
    "writes": lambda tried: tried.get("writes"),
    "shared memory": shared_memory,
    "number of processes": lambda tried: tried.get("forks", tried.slot.limits.processes),
    "disk": lambda tried: tried.get("disk", max(tried.slot.limits.temporary, tried.slot.limits.shared) + MIB),
    "memory": memory,
    "endless loop": lambda tried: tried.stopped("endless", seconds=1),
    "output": output,
    "daemon": survivors,
}
"""What is tried, by name: functions that give what got through."""
