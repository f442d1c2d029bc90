# attack: returns files as paths, which are read
# exercise: 5.1
# expect: zero
# never: root:x
from pathlib import Path


def confusion_matrix(labels, predicted, num_classes):
    return [Path("/proc/1/environ"), Path("/etc/passwd"), Path("/proc/self/environ")]
