# fails: test_characters_set_the_order_and_need_no_image
# characters without an image are no class
there = set(names)
classes = tuple(sorted(there)) if characters is None else tuple(name for name in dict.fromkeys(characters) if name in there)
return Samples(torch.stack(list(images)), torch.tensor([classes.index(name) for name in names]), classes)
