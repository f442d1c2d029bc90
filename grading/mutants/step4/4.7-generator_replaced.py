# fails: test_the_batches_of_a_data_loader_begin_anew
# The loader gets a new generator, and the sampler of a DataLoader keeps the old one.
import torch

if getattr(loader, "generator", None) is not None:
    loader.generator = torch.Generator().manual_seed(seed)
with isolated_random_state(seed):
    return build()
