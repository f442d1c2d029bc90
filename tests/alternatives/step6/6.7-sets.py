# recomputes what is missing from the parts so far
everything = torch.tensor(fractions)[:, None] * per_class.sum(dim=0)
for number, writer in enumerate(order):
    has = torch.stack([per_class[part_of == part].sum(dim=0) for part in range(len(fractions))])
    lacking = everything - has
    empty = [part for part in open_parts if not (part_of == part).any()]
    choices = empty if len(order) - number <= len(empty) else open_parts
    part_of[writer] = sorted(choices, key=lambda part: (-(lacking[part] * per_class[writer]).sum().item(), part))[0]
lacking = everything - torch.stack([per_class[part_of == part].sum(dim=0) for part in range(len(fractions))])
