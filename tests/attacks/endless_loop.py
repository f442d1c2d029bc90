# attack: never ends, and swallows signals and exceptions
# exercise: 5.1
# expect: zero
# seconds: 2
# fresh: yes
import signal


def confusion_matrix(labels, predicted, num_classes):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
