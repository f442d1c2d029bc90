"""The command line that starts a program in a box: bubblewrap, and as root another user before it.

The user changes first, because a limit on processes does not bind root. `env -i` empties what `/proc/1/environ` would show. As
root, the folders are bound into a private corner first, where the slot's user can reach them whatever the permissions of the
folders above them.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.judging.staging import Bind, Interpreter, Staging

MIB = 2**20
CORNERS = ("/mnt", "/srv", "/media", "/opt")
REACHABLE = """
corner=$1; shift
mount -t tmpfs -o mode=0755 none "$corner" || exit 1
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$corner/$2"; else : > "$corner/$2"; fi
  mount --bind "$1" "$corner/$2" || exit 1
  shift 2
done
shift
exec "$@"
"""
"""Shell: bind (source, name) pairs below a corner of a private mount namespace, then run the rest."""

HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage"
"""Where the C library finds out whether the kernel has any."""

IN_HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONMALLOC": "malloc"}
"""Variables that put a zygote's memory into huge pages: a fork copies the table of pages, a worker's end takes it apart, and both
take half the time. See "Memory Allocation Tunables" in the manual of the GNU C Library."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one worker may use."""

    seconds: float = 600.0
    """Of wall time, all its calls together. A process may use four times as much processor time, for it may have threads."""
    memory: int = 3 * 1024 * MIB
    """Bytes, all its processes together, files in /tmp and /dev/shm included."""
    address_space: int = 12 * 1024 * MIB
    """Bytes of each process; torch alone maps several GiB."""
    processes: int = 64
    """Threads count as processes."""
    files: int = 256
    """Open at a time in each process."""
    file: int = 64 * MIB
    """Bytes of one file."""
    temporary: int = 128 * MIB
    """Bytes of all files in /tmp."""
    shared: int = 64 * MIB
    """Bytes of all files in /dev/shm."""
    entries: int = 10_000
    """Files and folders in each of the two, empty ones among them; bubblewrap has no such limit, so fresh boxes have none."""
    output: int = MIB
    """Bytes of printed text that are kept; what is printed beyond is dropped."""


def missing_programs() -> list[str]:
    """Programs that a box needs and that are not here."""
    wanted = ["bwrap", *(["setpriv", "unshare", "mount"] if os.geteuid() == 0 else [])]
    return [name for name in wanted if shutil.which(name) is None]


def command(
    staging: Staging,
    limits: Limits,
    user: int | None,
    program: Sequence[str],
    *,
    answers: Path | None,
    seccomp: int | None,
    covered: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """The whole command line.

    Args:
        staging: what the box shows.
        limits: of the worker.
        user: the slot's user and group number; None to stay who we are.
        program: what runs in the box as its process 1: arguments of Python.
        answers: the folder that is shown as /sub. None gives an empty folder there, and allows namespaces in the box: for the
            zygote, which makes a box for each worker, and never runs answers itself.
        seccomp: a file descriptor to read the filter from.
        covered: (path in the box, what lies over it below /opt/workshop): what this worker's exercise forbids.
    """
    python = Interpreter.this()
    binds = [
        Bind(source=python.packages, target="/opt/site-packages"),
        Bind(source=staging.folder / "code", target="/opt/workshop"),
        Bind(source=staging.folder / "nothing", target=""),
        Bind(source=staging.folder / "nothing.txt", target=""),
    ]
    if python.home is not None:
        binds.append(Bind(source=python.home, target="/opt/python"))
    if answers is not None:
        binds.append(Bind(source=answers, target="/sub"))
    sources = [str(bind.source) for bind in binds]
    front: list[str] = []
    if user is not None:
        corner = next(corner for corner in CORNERS if not any(source.startswith(f"{corner}/") for source in sources))
        pairs = [part for number, source in enumerate(sources) for part in (source, str(number))]
        front = ["unshare", "--mount", "--propagation", "private", "sh", "-c", REACHABLE, "sh", corner, *pairs, "--"]
        front += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", "--no-new-privs"]
        sources = [f"{corner}/{number}" for number in range(len(sources))]
    shown = {bind.target: source for bind, source in zip(binds, sources, strict=True)}
    nothing, empty_file = sources[2], sources[3]
    # No `--hostname`: in a container without CAP_SYS_ADMIN, the rules of Podman and Docker allow all of this, but not that.
    box = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--as-pid-1"]
    box += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    box += ["--disable-userns"] if answers is not None else []
    box += ["--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/bin", "/bin"]
    box += ["--symlink", "usr/lib64", "/lib64"] if Path("/usr/lib64").exists() else []
    box += ["--proc", "/proc", "--dev", "/dev", "--dir", "/sys"]
    box += ["--size", str(limits.temporary), "--tmpfs", "/tmp", "--size", str(limits.shared), "--tmpfs", "/dev/shm"]
    for target in ("/opt/site-packages", "/opt/workshop", "/opt/python", "/sub"):
        if target in shown:
            box += ["--ro-bind", shown[target], target]
    box += ["--dir", "/sub", "--ro-bind-try", HUGE_PAGES, HUGE_PAGES] if answers is None else []
    for path, is_folder in python.masks():
        box += ["--ro-bind", nothing if is_folder else empty_file, path]
    for path, cover in covered:
        box += ["--ro-bind", f"{shown['/opt/workshop']}/{cover}", path]
    for name, value in {**environment(), **(IN_HUGE_PAGES if answers is None else {})}.items():
        box += ["--setenv", name, value]
    box += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]  # what is left in /dev would meet the next answer
    box += ["--seccomp", str(seccomp)] if seccomp is not None else []
    return ["env", "-i", f"PATH={os.defpath}:/usr/sbin:/sbin", *front, "bwrap", *box, "--", python.program, *program]


def environment() -> dict[str, str]:
    """The variables in a box: one thread, no configuration of anybody, the same order of sets in each run."""
    return {
        "PATH": "/usr/bin:/bin",
        "LD_LIBRARY_PATH": "/opt/python/lib",
        "PYTHONPATH": "/opt/workshop:/opt/site-packages",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",
        "USER": "learner",
        "LOGNAME": "learner",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "HF_HUB_OFFLINE": "1",
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }
