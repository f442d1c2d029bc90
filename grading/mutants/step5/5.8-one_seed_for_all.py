# fails: test_the_seed_alone_decides
# The generator is replaced by one that always begins at the same place.
generator = Generator().manual_seed(0)
means = [values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)]
low, high = torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
return low, high
