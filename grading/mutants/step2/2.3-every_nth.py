# fails: test_images_are_dealt_at_random
# A pattern, not a choice.
for groups in groups_of_class:
    sizes = part_sizes(len(groups), fractions)
    hands = sorted(((place + 0.5) / size, number) for number, size in enumerate(sizes) for place in range(size))
    for group, (_, number) in zip(groups, hands, strict=True):
        parts[number].extend(group)
