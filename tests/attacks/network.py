# attack: asks hosts, by name and by number
# exercise: 5.1
# expect: zero
# never: STOLEN
# fresh: yes
import socket


def confusion_matrix(labels, predicted, num_classes):
    open_ways = []
    for host, port in (("127.0.0.1", 22), ("10.0.0.1", 80), ("192.0.2.1", 443), ("example.org", 80)):
        try:
            socket.create_connection((host, port), timeout=0.3)
            open_ways.append(host)
        except OSError:
            pass
    raise ValueError(f"STOLEN {open_ways}" if open_ways else "nothing")
