# attack: makes namespaces, mounts, and another root
# exercise: 5.1
# expect: zero
# never: STOLEN
# fresh: yes
import ctypes


def confusion_matrix(labels, predicted, num_classes):
    libc = ctypes.CDLL(None, use_errno=True)
    got = [name for name, flag in (("user", 0x10000000), ("mount", 0x20000), ("pid", 0x20000000), ("net", 0x40000000)) if libc.unshare(flag) == 0]
    got += ["mounted"] if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 else []
    got += ["root"] if libc.chroot(b"/tmp") == 0 else []
    got += ["user 0"] if libc.setuid(0) == 0 else []
    raise ValueError(f"STOLEN {got}" if got else "nothing")
