# torch.split, and a stable sort of random keys.
for groups in groups_of_class:
    order = torch.rand(len(groups), generator=generator).argsort()
    pieces = order.split(part_sizes(len(groups), fractions))
    for i in range(3):
        for j in pieces[i]:
            parts[i].extend(groups[int(j)])
