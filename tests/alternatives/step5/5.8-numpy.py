# numpy's generator and percentiles.
random = np.random.default_rng(seed)
array = values.numpy()
means = [random.choice(array, size=len(array), replace=True).mean() for _ in range(RESAMPLES)]
return tuple(np.percentile(means, [2.5, 97.5]).tolist())
