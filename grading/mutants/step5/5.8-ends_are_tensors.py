# fails: test_the_ends_are_plain_numbers
# The two quantiles as they are, with which no result can be saved.
means = [values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)]
return tuple(torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)))
