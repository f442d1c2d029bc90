# fails: test_all_parts_are_normalised_by_the_figures_of_the_training_part
# Each part by its own figures.
normalization = measure_normalization(splits.train)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, measure_normalization(part), batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
