# PyTorch's own way to isolate random numbers, beside Python's and NumPy's; the generator's state set.
import random

import numpy as np
import torch

generator = getattr(loader, "generator", None)
python, numpy = random.getstate(), np.random.get_state()
random.seed(seed)
np.random.seed(seed % 2**32)
try:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build()
finally:
    random.setstate(python)
    np.random.set_state(numpy)
if generator:
    generator.set_state(torch.Generator().manual_seed(seed).get_state())
return model
# ---
name, kind = configuration["name"], configuration["type"]
try:
    result = train_one(configuration)
except Exception as exception:
    text = f"{exception.__class__.__name__}: " + str(exception)
    result = ModelResult(name=name, type=kind, error=text)
return result
