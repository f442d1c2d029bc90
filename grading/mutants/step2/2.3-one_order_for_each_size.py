# fails: test_each_class_is_dealt_in_an_order_of_its_own
# Classes of one size share an order.
orders = {}
for groups in groups_of_class:
    n = len(groups)
    order = orders.setdefault(n, torch.randperm(n, generator=generator).tolist())
    start = 0
    for part, size in zip(parts, part_sizes(n, fractions)):
        part.extend(i for k in order[start:start + size] for i in groups[k])
        start += size
