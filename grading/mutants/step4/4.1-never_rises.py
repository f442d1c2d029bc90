# fails: test_a_schedule_goes_through_its_points, test_schedules_keep_their_shape_everywhere
# There is no warmup: the full rate at once, then down.
if schedule == "constant":
    return 1.0
return 1 - progress if schedule == "one_cycle" else (1 + math.cos(math.pi * progress)) / 2
