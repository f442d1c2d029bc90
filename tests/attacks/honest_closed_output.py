# attack: a right answer that closes its output
# exercise: 5.1
# expect: honest
import os

os.close(1)
os.close(2)
