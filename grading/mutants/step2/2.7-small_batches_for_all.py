# fails: test_validation_and_test_come_in_batches_of_256
# The batch size of training is taken for validation and test too.
normalization = measure_normalization(splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=batch_size) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
