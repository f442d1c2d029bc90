# fails: test_copies_of_an_image_stay_together
# One position of each group.
for groups in groups_of_class:
    order = torch.randperm(len(groups), generator=generator).tolist()
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for _ in range(count):
            part.append(groups[order.pop()][0])
