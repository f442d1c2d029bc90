# attack: a right answer that ignores signals
# exercise: 5.1
# expect: honest
import signal

for number in (1, 2, 14, 15):
    signal.signal(number, signal.SIG_IGN)
