# Settings in a dictionary, the source given to all.
normalization = measure_normalization(train=splits.train)
settings = {
    "train": {"batch_size": batch_size, "shuffle": True, "augmentation": augmentation, "seed": seed},
    "validation": {"batch_size": 256},
    "test": {"batch_size": 256},
}
loaders = {name: BatchLoader(getattr(splits, name), normalization, source=source, **how) for name, how in settings.items()}
return Loaders(**loaders, normalization=normalization)
