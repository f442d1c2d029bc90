# fails: test_every_model_sees_the_same_batches
# Takes a seed of 0 for none.
if seed and getattr(loader, "generator", None) is not None:
    loader.generator.manual_seed(seed)
with isolated_random_state(seed):
    return build()
