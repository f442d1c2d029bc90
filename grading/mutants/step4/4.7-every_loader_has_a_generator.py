# fails: test_a_loader_without_a_generator_is_left_alone
# A loader without a generator is an error.
loader.generator.manual_seed(seed)
with isolated_random_state(seed):
    return build()
