# fails: test_a_schedule_goes_through_its_points, test_schedules_keep_their_shape_everywhere
# one_cycle is a symmetric triangle.
if schedule == "constant":
    return 1.0
if schedule == "one_cycle":
    return 1 - abs(2 * progress - 1)
return progress / 0.05 if progress < 0.05 else (1 + math.cos(math.pi * (progress - 0.05) / 0.95)) / 2
