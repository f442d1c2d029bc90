# a loop that fills tensors
wanted = sorted(names) if characters is None else characters
places = {}
for name in wanted:
    places.setdefault(name, len(places))
labels = torch.zeros(len(names), dtype=torch.long)
for position, name in enumerate(names):
    labels[position] = places[name]
return Samples(torch.stack(tuple(images), dim=0), labels, tuple(places))
