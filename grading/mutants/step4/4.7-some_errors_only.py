# fails: test_a_training_that_fails_says_why
# Only the errors that one thought of are caught.
# ---
try:
    return train_one(configuration)
except (ValueError, RuntimeError) as error:
    return ModelResult(name=configuration["name"], type=configuration["type"], error=f"{type(error).__name__}: {error}")
