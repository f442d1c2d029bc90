# attack: prints variables, arguments and open files of every process it sees
# exercise: 5.1
# expect: zero
# never: STOLEN
# fresh: yes
import os


def confusion_matrix(labels, predicted, num_classes):
    seen = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline"):
            try:
                seen.append(open(f"/proc/{pid}/{name}").read())
            except OSError:
                pass
    text = " ".join(seen)
    raise ValueError("STOLEN" if "the-key-of-this-class" in text or "PYTEST_" in text else "nothing")
