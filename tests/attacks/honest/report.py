# attack: the report
# exercise: 5.7
# expect: honest
# points: all

