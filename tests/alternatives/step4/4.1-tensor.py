# Tensors instead of numbers.
p = torch.tensor(float(progress), dtype=torch.float64)
if schedule == "one_cycle":
    return torch.minimum(p / 0.25, (1 - p) / 0.75)
if schedule == "cosine":
    return torch.where(p < 0.05, p / 0.05, (1 + torch.cos(torch.pi * (p - 0.05) / (1 - 0.05))) / 2)
return torch.ones(())
