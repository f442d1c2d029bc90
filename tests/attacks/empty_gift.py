# attack: gives nothing at all, so that a test that looks at each result has none to look at
# exercise: 2.7
# base: solution
# expect: zero
from grading.runtime import box

box.plain = lambda _value: []
