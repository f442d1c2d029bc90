# fails: test_a_rare_class_is_in_every_part
# Shares rounded down by hand: a rare class has no image left for a part.
for groups in groups_of_class:
    order = torch.randperm(len(groups), generator=generator).tolist()
    first, second = int(len(groups) * fractions[0]), int(len(groups) * (fractions[0] + fractions[1]))
    for part, places in zip(parts, (order[:first], order[first:second], order[second:]), strict=True):
        for place in places:
            part.extend(groups[place])
