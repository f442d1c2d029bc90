# fails: test_a_split_depends_on_its_seed_alone
# Draws from the global generator.
for groups in groups_of_class:
    order = torch.randperm(len(groups)).tolist()
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for _ in range(count):
            part.extend(groups[order.pop()])
