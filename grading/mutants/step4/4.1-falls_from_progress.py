# fails: test_a_schedule_goes_through_its_points, test_schedules_keep_their_shape_everywhere
# one_cycle falls as 1 - progress, which is 0.75 at its peak.
if schedule == "constant":
    return 1.0
warmup = 0.25 if schedule == "one_cycle" else 0.05
if progress < warmup:
    return progress / warmup
return 1 - progress if schedule == "one_cycle" else (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2
