# fails: test_a_schedule_goes_through_its_points
# The third schedule is forgotten and follows the cosine.
warmup = 0.25 if schedule == "one_cycle" else 0.05
if progress < warmup:
    return progress / warmup
s = (progress - warmup) / (1 - warmup)
return 1 - s if schedule == "one_cycle" else (1 + math.cos(math.pi * s)) / 2
