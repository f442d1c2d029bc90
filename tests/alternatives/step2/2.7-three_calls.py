# Three calls, everything by name, other batch sizes for the parts that are only looked at.
measured = measure_normalization(splits.train)
return Loaders(
    train=BatchLoader(
        samples=splits.train,
        normalization=measured,
        batch_size=batch_size,
        shuffle=True,
        augmentation=augmentation,
        seed=seed,
        source=source,
    ),
    validation=BatchLoader(samples=splits.validation, normalization=measured, batch_size=batch_size, shuffle=False),
    test=BatchLoader(samples=splits.test, normalization=measured, batch_size=batch_size, augmentation=None, seed=seed + 1),
    normalization=measured,
)
