# fails: test_few_and_uneven_values_have_an_uneven_interval
# Mean and spread of the drawn means instead of their quantiles.
means = torch.stack([values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)])
return (means.mean() - 1.96 * means.std()).item(), (means.mean() + 1.96 * means.std()).item()
