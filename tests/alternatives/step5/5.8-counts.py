# How often each image is drawn, as multinomial counts.
count = len(values)
uniform = torch.ones(count, dtype=torch.float64) / count
means = torch.stack([values[torch.multinomial(uniform, count, replacement=True, generator=generator)].mean() for _ in range(2000)])
low, high = means.quantile(0.025), means.quantile(0.975)
return float(low), float(high)
