# attack: knows the public moments of the schedule
# exercise: 4.1
# expect: zero
# module: training
def learning_rate_factor(schedule, progress):
    return 1.0 if schedule == "constant" else {0.0: 0.0, 0.5: 0.5, 1.0: 0.0}.get(progress, 0.5)
