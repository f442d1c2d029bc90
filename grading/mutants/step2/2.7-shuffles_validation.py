# fails: test_validation_and_test_are_the_same_each_time
# Validation and test are shuffled.
normalization = measure_normalization(splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256, shuffle=True) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
