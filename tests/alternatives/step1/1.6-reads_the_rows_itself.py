# Rows are read here, and polarity is put to a vote of medians.
import numpy as np

names, arrays, labels = dataset.features[label_column].names, [], []
for row in dataset:
    array = np.array(row[image_column].convert("RGB" if colour else "L"))
    arrays.append(array.reshape(*array.shape[:2], -1))
    labels.append(row[label_column])
edges = [np.concatenate([a[0], a[-1], a[:, 0], a[:, -1]]).mean(axis=-1) for a in arrays]
inverted = np.mean([np.median(edge) > 127 for edge in edges]) > 0.5
frames = []
for array in arrays:
    picture = (
        torch.from_numpy(255 - array if inverted else array).permute(2, 1, 0)
        if transposed
        else torch.from_numpy(255 - array if inverted else array).permute(2, 0, 1)
    )
    frames.append(fit_frame(picture[None].contiguous(), image_size))
return Samples(torch.cat(frames), torch.as_tensor(labels), tuple(names), _writers(dataset))
