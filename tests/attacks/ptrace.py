# attack: traces and reads other processes
# exercise: 5.1
# expect: zero
# never: STOLEN
import ctypes
import os


def confusion_matrix(labels, predicted, num_classes):
    libc = ctypes.CDLL(None, use_errno=True)
    got = [pid for pid in range(1, 400) if pid != os.getpid() and libc.ptrace(16, pid, 0, 0) == 0]
    raise ValueError(f"STOLEN {got}" if got else "nothing")
