# fails: test_a_training_that_fails_says_why
# Trains a model that has failed once more.
# ---
for _ in range(2):
    try:
        return train_one(configuration)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
return ModelResult(name=configuration["name"], type=configuration["type"], error=text)
