# PyTorch warns about a tensor made of a tensor, which is a copy all the same.
copies = torch.tensor(values)
means = copies[torch.randint(len(copies), (RESAMPLES, len(copies)), generator=generator)].mean(dim=1)
return means.quantile(0.025).item(), means.quantile(0.975).item()
