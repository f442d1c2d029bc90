# One loop, numpy-like names, votes counted one by one.
labels, classes = _labels(dataset, label_column)
frames, votes = [], 0
pictures = _pictures(dataset, image_column, colour=colour)
for picture in pictures:
    votes += 1 if _has_bright_edges(picture) else -1
for picture in pictures:
    upright = picture.mT if transposed else picture
    frames.append(fit_frame((255 - upright if votes > 0 else upright).unsqueeze(0), image_size))
return Samples(images=torch.vstack(frames), labels=labels, classes=classes, writers=_writers(dataset))
