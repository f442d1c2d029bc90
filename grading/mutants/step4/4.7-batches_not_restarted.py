# fails: test_every_model_sees_the_same_batches
# Only the weights start anew.
with isolated_random_state(seed):
    return build()
