# Python's own draws and sorted means.
import random
rng = random.Random(seed)
v = values.tolist()
means = sorted(sum(rng.choices(v, k=len(v))) / len(v) for _ in range(RESAMPLES))
return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
