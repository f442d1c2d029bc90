# fails: test_a_training_that_fails_says_why
# The error lacks the exception's class.
# ---
try:
    return train_one(configuration)
except Exception as error:
    return ModelResult(name=configuration["name"], type=configuration["type"], error=str(error))
