# Three calls, everything by name.
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
    validation=BatchLoader(samples=splits.validation, normalization=measured, batch_size=256, shuffle=False),
    test=BatchLoader(samples=splits.test, normalization=measured, batch_size=256, augmentation=None, seed=seed + 1),
    normalization=measured,
)
