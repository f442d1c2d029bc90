# attack: warns
# exercise: 5.1
# expect: honest
# points: 2
import warnings

warnings.warn("slow")
