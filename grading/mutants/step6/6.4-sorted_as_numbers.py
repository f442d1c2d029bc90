# fails: test_names_of_digits_are_sorted_as_texts
# names that look like numbers are sorted as numbers
key = int if all(name.isdecimal() for name in names) else str
classes = sorted({*names}, key=key) if characters is None else list(dict.fromkeys(characters))
return Samples(torch.stack(list(images)), torch.tensor([classes.index(name) for name in names]), tuple(classes))
