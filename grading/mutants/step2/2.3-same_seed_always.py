# fails: test_a_split_depends_on_its_seed_alone
# The seed has no effect.
for groups in groups_of_class:
    order = torch.randperm(len(groups), generator=Generator().manual_seed(0)).tolist()
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for _ in range(count):
            part.extend(groups[order.pop()])
