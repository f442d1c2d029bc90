# attack: a right answer that leaves a daemon behind
# exercise: 5.1
# expect: honest
# fresh: yes
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
