# np.unique gives classes and labels at once
if characters is None:
    classes, labels = np.unique(np.array(names), return_inverse=True)
    classes, labels = tuple(map(str, classes)), torch.from_numpy(labels.reshape(-1)).long()
else:
    classes = []
    for character in characters:
        if character not in classes:
            classes.append(character)
    labels = torch.tensor([classes.index(name) for name in names], dtype=torch.int64)
return Samples(images=torch.cat([image.unsqueeze(0) for image in images]), labels=labels, classes=tuple(classes))
