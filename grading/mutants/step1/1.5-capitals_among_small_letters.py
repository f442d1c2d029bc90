# fails: test_capital_letters_are_classes_of_their_own_and_come_first
# Sorted without regard to case.
names = sorted(set(values), key=lambda v: v.lower() if isinstance(v, str) else v)
return torch.tensor([names.index(v) for v in values]), tuple(map(str, names))
