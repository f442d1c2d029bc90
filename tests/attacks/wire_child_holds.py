# attack: a child keeps the socket open after the end
# exercise: 5.1
# expect: zero
# fresh: yes
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

import time


def confusion_matrix(labels, predicted, num_classes):
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
