# fails: test_the_interval_has_the_width_of_the_normal_approximation
# Quantiles of the values.
low, high = values.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
return low, high
