# Python's own generator, another one for each class.
import random
for at, groups in enumerate(groups_of_class):
    pile = random.Random(f"{seed}-{at}").sample(groups, len(groups))
    start = 0
    for part, size in zip(parts, part_sizes(len(groups), fractions)):
        part.extend(i for g in pile[start:start + size] for i in g)
        start += size
