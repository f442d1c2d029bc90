# fails: test_training_images_are_shuffled_and_augmented
# The batch size is not handed on.
normalization = measure_normalization(splits.train)
train = BatchLoader(splits.train, normalization, batch_size=64, shuffle=True, augmentation=augmentation, seed=seed, source=source)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
