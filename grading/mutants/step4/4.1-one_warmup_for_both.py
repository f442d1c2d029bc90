# fails: test_a_schedule_goes_through_its_points, test_schedules_keep_their_shape_everywhere
# Both schedules rise for a quarter of the training.
if schedule == "constant":
    return 1.0
if progress < 0.25:
    return progress / 0.25
s = (progress - 0.25) / 0.75
return 1 - s if schedule == "one_cycle" else (1 + math.cos(math.pi * s)) / 2
