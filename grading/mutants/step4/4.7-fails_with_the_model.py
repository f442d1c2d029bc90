# fails: test_a_training_that_fails_says_why
# One model's failure ends all.
# ---
return train_one(configuration)
