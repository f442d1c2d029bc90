# attack: the other exercises of the step
# exercise: 5.2
# expect: honest
# points: all

