# fails: test_four_times_the_images_halve_the_width
# Always 100 images a draw.
means = [values[torch.randint(len(values), (100,), generator=generator)].mean() for _ in range(RESAMPLES)]
low, high = torch.stack(means).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
return low, high
