# attack: ends the process with success when it is imported
# exercise: 5.1
# expect: zero
# naive: yes
# fresh: yes
import os

os._exit(0)
