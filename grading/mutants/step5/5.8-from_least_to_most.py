# fails: test_the_interval_has_the_width_of_the_normal_approximation
# The smallest and the largest mean.
means = torch.stack([values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)])
return means.min().item(), means.max().item()
