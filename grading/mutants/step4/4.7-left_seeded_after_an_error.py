# fails: test_random_numbers_are_as_they_were_even_if_there_is_no_model
# Puts the generators back, but not if build() raises.
import random

import numpy as np
import torch

before = random.getstate(), np.random.get_state(), torch.get_rng_state()
random.seed(seed)
np.random.seed(seed)
torch.manual_seed(seed)
model = build()
random.setstate(before[0])
np.random.set_state(before[1])
torch.set_rng_state(before[2])
if getattr(loader, "generator", None) is not None:
    loader.generator.manual_seed(seed)
return model
