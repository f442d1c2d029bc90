# fails: test_samples_are_split_before_they_are_measured
# Samples that are not split yet are measured as a whole.
normalization = measure_normalization(data if isinstance(data, Samples) else splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
