# fails: test_each_class_is_dealt_in_an_order_of_its_own
# A generator that begins anew for each class: all classes are dealt alike.
for groups in groups_of_class:
    g = Generator().manual_seed(seed)
    order = torch.randperm(len(groups), generator=g).tolist()
    start = 0
    for part, size in zip(parts, part_sizes(len(groups), fractions)):
        part.extend(i for k in order[start:start + size] for i in groups[k])
        start += size
