# fails: test_only_the_training_part_is_measured
# The figures know the test images.
everything = Samples(
    torch.cat([splits.train.images, splits.validation.images, splits.test.images]),
    torch.cat([splits.train.labels, splits.validation.labels, splits.test.labels]),
    splits.train.classes,
)
normalization = measure_normalization(everything)
train = BatchLoader(
    splits.train, normalization, batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=seed, source=source
)
validation, test = (BatchLoader(part, normalization, batch_size=256) for part in (splits.validation, splits.test))
return Loaders(train, validation, test, normalization)
