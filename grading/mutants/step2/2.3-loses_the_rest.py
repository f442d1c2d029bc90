# fails: test_every_sample_is_in_one_part_with_its_own_label
# The slice of the last part ends one too early.
for groups in groups_of_class:
    order = torch.randperm(len(groups), generator=generator).tolist()
    first, second, _ = part_sizes(len(groups), fractions)
    for part, places in zip(parts, (order[:first], order[first : first + second], order[first + second : -1]), strict=True):
        for place in places:
            part.extend(groups[place])
