# fails: test_only_the_training_part_is_measured
# Measured on the validation part.
normalization = measure_normalization(splits.validation)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
