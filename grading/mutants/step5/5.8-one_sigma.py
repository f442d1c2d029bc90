# fails: test_the_interval_has_the_width_of_the_normal_approximation
# Mean and one standard error.
means = torch.stack([values[torch.randint(len(values), (len(values),), generator=generator)].mean() for _ in range(RESAMPLES)])
return (means.mean() - means.std()).item(), (means.mean() + means.std()).item()
