# fails: test_the_global_generators_are_left_alone
# Seeds NumPy's global generator.
import numpy as np
np.random.seed(seed)
v = values.numpy()
means = v[np.random.randint(len(v), size=(RESAMPLES, len(v)))].mean(1)
return float(np.quantile(means, .025)), float(np.quantile(means, .975))
