# Lists, and the quantiles of Python's own module.
from statistics import fmean, quantiles
v = values.tolist()
means = [fmean([v[i] for i in torch.randint(len(v), (len(v),), generator=generator).tolist()]) for _ in range(RESAMPLES)]
q = quantiles(means, n=40, method="inclusive")
return q[0], q[-1]
