# fails: test_the_first_weights_depend_on_the_seed_alone
# The model is built before the generators start from the seed.
if getattr(loader, "generator", None) is not None:
    loader.generator.manual_seed(seed)
model = build()
with isolated_random_state(seed):
    return model
