# attack: leaves Python when it is imported
# exercise: 5.1
# expect: zero
import sys

sys.exit(0)
