# fails: test_the_seed_alone_decides
# PyTorch's own numbers.
means = [values[torch.randint(len(values), (len(values),))].mean() for _ in range(RESAMPLES)]
low, high = torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
return low, high
