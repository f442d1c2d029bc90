# attack: starts threads for ever
# exercise: 5.1
# expect: zero
# seconds: 2
import threading
import time


def confusion_matrix(labels, predicted, num_classes):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            pass
