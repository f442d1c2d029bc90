# attack: a right answer with a thread that never ends
# exercise: 5.1
# expect: honest
import threading
import time


def spin():
    while True:
        time.sleep(0.001)


threading.Thread(target=spin, daemon=True).start()
