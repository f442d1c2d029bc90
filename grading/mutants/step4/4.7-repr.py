# fails: test_a_training_that_fails_says_why
# The error is the exception's repr.
# ---
try:
    return train_one(configuration)
except Exception as error:
    return ModelResult(name=configuration["name"], type=configuration["type"], error=repr(error))
