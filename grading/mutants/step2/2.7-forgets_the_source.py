# fails: test_the_training_loader_knows_where_its_samples_came_from
# The source is not handed on.
normalization = measure_normalization(splits.train)
train = BatchLoader(splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
