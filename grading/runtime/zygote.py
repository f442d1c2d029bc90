"""A process with torch imported that waits in a box and forks a worker, in a box of its own, whenever it is told to.

It never runs answers and never holds tests, labels or answers: each child reads its answers after the fork. The zygote is process
1 of a namespace of processes that its own user namespace owns, so that it can make a new one for each child (`unshare`) and come
back (`setns`): one fork per worker, not two. See user_namespaces(7), pid_namespaces(7), capabilities(7), seccomp(2).

It must never run torch with two threads before it forks: a child's second thread would wait for ever.
"""

import argparse
import array
import base64
import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grading.judging import wire
from grading.runtime import forbidden, worker

NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NO_SUID, NO_DEVICES, NO_PROGRAMS, READ_ONLY, REMOUNT, BIND, RECURSIVE, PRIVATE = 2, 4, 8, 1, 32, 4096, 16384, 1 << 18
SET_NO_NEW_PRIVILEGES, DROP_BOUNDING, SET_SECUREBITS, AMBIENT, CLEAR_ALL = 38, 24, 28, 47, 4
SET_SECCOMP, FILTER = 22, 2
COLLAPSE, HUGE_PAGE = 25, 2**21
LOCKED_SECUREBITS = 0b11101111
"""No privileges for user 0, none kept, none raised; all of it for good (capabilities(7))."""

WARM = (
    "torch",
    "torchvision",
    "torchvision.transforms.functional",
    "torchvision.transforms.v2.functional",
    "timm",
    "PIL.Image",
    "tqdm.auto",
    "grading.runtime.box",
)
"""Imported before the first fork for every step; what else a step's answers need is told by the judge."""

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def main() -> None:
    """Become the master of namespaces of our own, import, and wait."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--settings", type=json.loads, required=True)
    arguments = parser.parse_args()
    judge = socket.socket(fileno=arguments.fd)
    judge.set_inheritable(False)
    user, group = os.getuid(), os.getgid()
    _check(libc.unshare(NEW_USER | NEW_PID), "unshare user and pid")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    if child := os.fork():
        os.waitpid(child, 0)
        os._exit(0)
    try:
        _wait(judge, arguments.settings)
    except BaseException as error:
        with contextlib.suppress(OSError):
            judge.sendall(f"failed: {error}\n".encode())
        raise


def _wait(judge: socket.socket, settings: dict[str, Any]) -> None:
    """Import, then serve: one byte with two file descriptors (socket, output) makes one worker."""
    _check(libc.unshare(NEW_MOUNTS), "unshare mounts")
    _check(libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None), "mounts of our own")
    _check(libc.mount(b"proc", b"/proc", b"proc", NO_SUID | NO_DEVICES | NO_PROGRAMS, None), "mount /proc")
    Path("/proc/sys/user/max_user_namespaces").write_text("0", encoding="ascii")
    # The C library has read what it needs of /sys (`HUGE_PAGES` in grading/judging/bubblewrap.py).
    _check(libc.mount(b"none", b"/sys", b"tmpfs", READ_ONLY | NO_SUID | NO_DEVICES | NO_PROGRAMS, None), "cover /sys")
    for name in ("GLIBC_TUNABLES", "PYTHONMALLOC"):
        os.environ.pop(name, None)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    gc.disable()  # as gc.freeze's documentation advises before forks; looking for garbage is a quarter of the imports' time, too
    warm_up(settings["imports"])
    threads = len([*Path("/proc/self/task").iterdir()])
    if threads != 1:
        raise RuntimeError(f"{threads} threads after the imports; a fork needs exactly one")
    tables_into_huge_pages()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    gc.freeze()
    gc.enable()
    judge.sendall(b"ready\n")
    while True:
        message, ancillary, *_ = judge.recvmsg(1, socket.CMSG_SPACE(2 * 4))
        if not message:
            os._exit(0)
        worker_socket, output = array.array("i", ancillary[0][2])
        try:
            _check(libc.unshare(NEW_PID), "unshare pid")
            if os.fork() == 0:
                _become_worker(judge, own, worker_socket, output, settings)
            _check(libc.setns(own, NEW_PID), "setns pid")
        finally:
            os.close(worker_socket)
            os.close(output)


def warm_up(imports: Sequence[str]) -> None:
    """Import what answers use, and take one training step, whose lazy imports cost more than the imports."""
    import torch

    torch.set_num_threads(1)
    for name in (*WARM, *imports):
        with contextlib.suppress(Exception):  # who needs it will be told
            importlib.import_module(name)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.LazyLinear(2))
    for optimizer in (torch.optim.AdamW, torch.optim.SGD):
        loss = torch.nn.functional.cross_entropy(model(torch.zeros(4, 1, 8, 8)), torch.tensor([0, 1, 0, 1]))
        torch.autograd.backward(loss)
        optimizer(model.parameters(), lr=1e-3).step()
    if "matplotlib.figure" in sys.modules:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(1, 1), dpi=10)
        figure.text(0, 0, "fonts are found when the first text is drawn")
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    forbidden.holders()


def tables_into_huge_pages() -> None:
    """What libraries set aside beside the heap, 80 MB of cuBLAS's alone, costs a quarter of a fork and an end: madvise(2)."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        addresses, rights, _offset, _device, _inode, *name = line.split()
        begin, end = (int(address, 16) for address in addresses.split("-"))
        begin, end = -(-begin // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE
        if rights == "rw-p" and not name and begin < end:
            libc.madvise(begin, end - begin, COLLAPSE)  # an older kernel refuses, and all goes on as before


def _become_worker(judge: socket.socket, own: int, fd: int, output: int, settings: dict[str, Any]) -> None:
    """The child: leave everything behind, then run answers. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        judge.close()
        os.close(own)
        for standard, source in ((0, os.open("/dev/null", os.O_RDONLY)), (1, output), (2, output)):
            os.dup2(source, standard)
        os.dup2(fd, 3, inheritable=False)
        os.closerange(4, settings["files"] + 1024)
        connection = socket.socket(fileno=3)
        connection.sendall(b"\x01")  # the judge puts us under our limits while we go on
        _private_files(settings)
        start = wire.decode(wire.read_frame(worker.reader(connection)))
        for name, text in start["files"].items():
            (worker.ANSWERS / f"{name}.py").write_bytes(text)
        for path, cover in start["covered"]:
            _check(libc.mount(f"/opt/workshop/{cover}".encode(), path.encode(), None, BIND, None), f"cover {path}")
        _check(libc.mount(None, b"/sub", None, REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEVICES, None), "read-only /sub")
        os.chdir("/tmp")
        worker.limit(settings)
        drop_privileges(base64.b64decode(settings["filter"]))
        _fresh_seeds()
        worker.serve(connection, start)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        worker.end(70)


def _private_files(settings: dict[str, Any]) -> None:
    """A /proc, /tmp, /dev/shm and /sub of its own, and no way to processes, queues and hosts of others."""
    _check(libc.unshare(NEW_MOUNTS | NEW_IPC | NEW_NET | NEW_UTS), "unshare")
    _check(libc.mount(b"proc", b"/proc", b"proc", NO_SUID | NO_DEVICES | NO_PROGRAMS, None), "mount /proc")
    for place, size in (("/tmp", settings["temporary"]), ("/dev/shm", settings["shared"]), ("/sub", 32 * 2**20)):
        options = f"size={size},mode=0755,nr_inodes={settings['entries']}".encode()
        _check(libc.mount(b"tmpfs", place.encode(), b"tmpfs", NO_SUID | NO_DEVICES, options), f"mount {place}")


def drop_privileges(program: bytes) -> None:
    """Give up every capability for good, and let the kernel refuse the calls in a filter (`grading/judging/seccomp.py`)."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    for capability in range(last + 1):
        _check(libc.prctl(DROP_BOUNDING, capability, 0, 0, 0), "drop a capability")
    _check(libc.prctl(SET_SECUREBITS, LOCKED_SECUREBITS, 0, 0, 0), "securebits")
    _check(libc.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0), "ambient capabilities")
    header = struct.pack("II", 0x20080522, 0)  # version 3, this process
    _check(libc.capset(header, bytes(24)), "capset")
    _check(libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    code = ctypes.create_string_buffer(program, len(program))
    whole = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(code)))
    _check(libc.prctl(SET_SECCOMP, FILTER, ctypes.addressof(whole), 0, 0), "seccomp")


def _fresh_seeds() -> None:
    """Random generators differ from child to child, as they do in fresh processes."""
    import random

    import numpy as np
    import torch

    random.seed()
    np.random.seed()
    torch.default_generator.seed()  # `torch.seed` takes a traceback for every kind of accelerator


if __name__ == "__main__":
    main()
