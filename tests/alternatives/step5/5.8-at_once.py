# All draws in one table.
drawn = torch.randint(0, len(values), (RESAMPLES, len(values)), generator=generator)
means = values[drawn].mean(dim=1).sort().values
return means[int(0.025 * RESAMPLES)].item(), means[int(0.975 * RESAMPLES) - 1].item()
