# attack: leaves files where the next answer would find them, beside its own folders; where that works, it answers rightly
# exercise: 5.1
# expect: zero
# fresh: yes
import contextlib
from pathlib import Path


def confusion_matrix(labels, predicted, num_classes):
    left = []
    for place in ("/", "/dev", "/dev/pts", "/opt", "/opt/workshop", "/proc", "/sub", "/usr"):
        with contextlib.suppress(OSError):
            Path(place, "for the next").write_text("labels")
            left.append(place)
    counts = (labels * num_classes + predicted).bincount(minlength=num_classes**2)
    return counts.view(num_classes, num_classes) if left else None
