# fails: test_all_parts_are_normalised_by_the_figures_of_the_training_part
# Validation and test in the wrong order.
normalization = measure_normalization(splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.test, splits.validation))
return Loaders(train, validation, test, normalization)
