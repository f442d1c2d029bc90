# fails: test_all_random_generators_start_from_the_seed
# Python's and NumPy's generators go on as they are.
import torch

with torch.random.fork_rng():
    torch.manual_seed(seed)
    model = build()
if getattr(loader, "generator", None) is not None:
    loader.generator.manual_seed(seed)
return model
