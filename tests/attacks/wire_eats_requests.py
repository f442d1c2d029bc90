# attack: a thread reads what the judge sends, so that the worker waits for ever
# exercise: 5.1
# expect: zero
# seconds: 2
import os
import threading


def is_socket(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}").startswith("socket")
    except OSError:
        return False


def eat(place):
    while os.read(place, 1):
        pass


for number in os.listdir("/proc/self/fd"):
    if is_socket(number):
        threading.Thread(target=eat, args=(int(number),), daemon=True).start()


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
