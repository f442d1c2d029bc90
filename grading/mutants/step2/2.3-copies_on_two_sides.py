# fails: test_copies_of_an_image_stay_together
# Deals positions, not groups.
for groups in groups_of_class:
    members = [position for group in groups for position in group]
    order = torch.randperm(len(members), generator=generator).tolist()
    for part, count in zip(parts, part_sizes(len(members), fractions), strict=True):
        for _ in range(count):
            part.append(members[order.pop()])
