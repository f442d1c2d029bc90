# fails: test_every_sample_is_in_one_part_with_its_own_label
# Each part begins at the front of the order again.
for groups in groups_of_class:
    order = torch.randperm(len(groups), generator=generator).tolist()
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for place in order[:count]:
            part.extend(groups[place])
