# attack: an untouched stub
# exercise: 5.1
# expect: honest
# points: 0
# base: stub

