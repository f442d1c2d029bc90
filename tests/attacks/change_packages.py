# attack: changes packages and the course's modules for whoever comes next
# exercise: 5.1
# expect: zero
# fresh: yes
import os
import sys


def confusion_matrix(labels, predicted, num_classes):
    for module in (torch, sys.modules["handwriting_workshop.results"], sys.modules["grading.judging.wire"], os):
        for mode in ("w", "a"):
            try:
                open(module.__file__, mode).write("raise SystemExit")
            except OSError:
                pass
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
