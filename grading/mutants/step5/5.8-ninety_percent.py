# fails: test_intervals_agree_with_scipy
# 5 % are cut off at each end.
means = [values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)]
low, high = torch.stack(means).quantile(torch.tensor([0.05, 0.95], dtype=torch.float64)).tolist()
return low, high
