# A search in the list for each value.
classes = []
for value in values:
    if value not in classes:
        classes.append(value)
classes.sort()
labels = torch.zeros(len(values), dtype=torch.long)
for row, value in enumerate(values):
    labels[row] = classes.index(value)
return labels, tuple([f"{value}" for value in classes])
