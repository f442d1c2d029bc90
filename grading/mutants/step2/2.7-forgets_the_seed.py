# fails: test_training_is_repeatable_by_its_seed
# The seed is not handed on.
normalization = measure_normalization(splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=0, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
