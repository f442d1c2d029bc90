# fails: test_every_class_has_its_share_in_every_part
# All classes in one heap.
groups = [group for members in groups_of_class for group in members]
order = torch.randperm(len(groups), generator=generator).tolist()
for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
    for _ in range(count):
        part.extend(groups[order.pop()])
