"""System calls that nothing in a box needs and that reach around its namespaces: a filter for the kernel, as bytes.

The filter is a list of classic BPF instructions (seccomp(2), `struct sock_filter`). What it refuses fails with EPERM, so that
Python raises an ordinary `PermissionError`; `clone3` fails with ENOSYS, because its flags cannot be looked at, and the C library
then takes `clone`. Numbers: Linux, `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

import errno
import platform
import struct

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""Machine -> AUDIT_ARCH_… (`linux/audit.h`)."""

REFUSED = {
    # name: (x86_64, aarch64)
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "pivot_root": (155, 41),
    "acct": (163, 89),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "vmsplice": (278, 75),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),  # memory that no limit of ours counts
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),  # System V memory and queues, and POSIX queues: outside of the limits, too
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
CLONE = (56, 220)
CLONE3 = 435
SOCKETS = ((41, 198), (53, 199))
"""socket, socketpair."""

NEW_NAMESPACES = 0x7E020080
"""All CLONE_NEW… flags: time, mount, cgroup, uts, ipc, user, pid, net."""

AF_UNIX = 1
X32 = 0x40000000
"""Calls of the x32 kind have this bit, and other numbers."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Offsets in `struct seccomp_data`."""


def program(machine: str | None = None) -> bytes:
    """The filter for a machine (this one if None), eight bytes an instruction.

    Raises:
        ValueError: there is no table of numbers for the machine.
    """
    machine = platform.machine() if machine is None else machine
    if machine not in ARCHITECTURES:
        raise ValueError(f"no filter of system calls for {machine!r}; there are filters for: {', '.join(ARCHITECTURES)}")
    column = list(ARCHITECTURES).index(machine)
    refuse, unknown = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
    code: list[tuple[int, int, int, int]] = [  # (operation, skip if true, skip if false, constant)
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, refuse),
        (EQUAL, 0, 1, CLONE3),
        (RETURN, 0, 0, unknown),
    ]
    for numbers in REFUSED.values():
        code += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, refuse)]
    code += [(EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES)]
    code += [(RETURN, 0, 0, refuse), (RETURN, 0, 0, ALLOW)]
    for call in SOCKETS:
        code += [(EQUAL, 0, 4, call[column]), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 1, 0, AF_UNIX)]
        code += [(RETURN, 0, 0, refuse), (RETURN, 0, 0, ALLOW)]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
