# fails: test_a_loader_without_a_generator_is_left_alone
# A DataLoader's generator may be None.
if hasattr(loader, "generator"):
    loader.generator.manual_seed(seed)
with isolated_random_state(seed):
    return build()
