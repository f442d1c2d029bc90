# Slices of a shuffled list.
for groups in groups_of_class:
    shuffled = [groups[place] for place in torch.randperm(len(groups), generator=generator)]
    start = 0
    for part, size in zip(parts, part_sizes(len(groups), fractions), strict=True):
        part += [position for group in shuffled[start : start + size] for position in group]
        start += size
