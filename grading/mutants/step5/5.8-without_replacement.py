# fails: test_the_interval_has_the_width_of_the_normal_approximation
# Each draw is a permutation.
means = [values[torch.randperm(len(values), generator=generator)].mean() for _ in range(RESAMPLES)]
low, high = torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
return low, high
