# fails: test_images_are_dealt_at_random
# In the order in which the images come.
for groups in groups_of_class:
    order = list(range(len(groups)))
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for _ in range(count):
            part.extend(groups[order.pop(0)])
