# attack: millions of numbers, each of which a test would put into its message
# exercise: 6.3
# base: solution
# expect: zero
# within: 240
from grading.runtime import box

box.plain = lambda _value: torch.zeros(8_000_000, dtype=torch.uint8)
