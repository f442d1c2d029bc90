# classes as a list
classes = list(dict.fromkeys(characters)) if characters is not None else sorted(set(names))
return Samples(torch.stack(list(images)), torch.tensor([classes.index(name) for name in names]), classes)
