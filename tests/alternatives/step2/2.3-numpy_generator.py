# Shuffled by numpy's generator, classes from the last to the first.
import numpy as np

random = np.random.default_rng(seed)
for groups in reversed(groups_of_class):
    where = np.repeat([0, 1, 2], part_sizes(len(groups), fractions))
    random.shuffle(where)
    for group, number in zip(groups, where, strict=True):
        parts[number].extend(group)
