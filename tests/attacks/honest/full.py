# attack: the solution as it is
# exercise: 5.1
# expect: honest
# points: 2

