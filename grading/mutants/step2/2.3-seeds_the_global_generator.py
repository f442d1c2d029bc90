# fails: test_the_global_generator_is_left_alone
# Seeds PyTorch's own generator, for everybody.
torch.manual_seed(seed)
for groups in groups_of_class:
    order = torch.randperm(len(groups)).tolist()
    for part, count in zip(parts, part_sizes(len(groups), fractions), strict=True):
        for _ in range(count):
            part.extend(groups[order.pop()])
