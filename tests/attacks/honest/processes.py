# attack: counts in two processes, and asks another program for nothing
# exercise: 5.1
# expect: honest
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

counted = confusion_matrix


def in_a_process(labels, predicted, num_classes):
    return counted(labels, predicted, num_classes).tolist()


def confusion_matrix(labels, predicted, num_classes):
    subprocess.run([sys.executable, "-c", ""], check=True)
    with ProcessPoolExecutor(2) as pool:
        return torch.tensor(pool.submit(in_a_process, labels, predicted, num_classes).result())
