# fails: test_the_global_generators_are_left_alone
# Seeds PyTorch's global generator, from which others draw, too.
torch.manual_seed(seed)
means = values[torch.randint(len(values), (RESAMPLES, len(values)))].mean(1)
return means.quantile(0.025).item(), means.quantile(0.975).item()
