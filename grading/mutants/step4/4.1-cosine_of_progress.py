# fails: test_a_schedule_goes_through_its_points, test_schedules_keep_their_shape_everywhere
# The cosine runs over the whole training, so there is a jump where the warmup ends.
if schedule == "constant":
    return 1.0
warmup = 0.25 if schedule == "one_cycle" else 0.05
if progress < warmup:
    return progress / warmup
if schedule == "one_cycle":
    return (1 - progress) / (1 - warmup)
return (1 + math.cos(math.pi * progress)) / 2
