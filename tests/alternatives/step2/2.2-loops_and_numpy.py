# Channel by channel in numpy; the formula multiplied out.
channels = [images[:, c] * (1 / std) - mean / std for c, (mean, std) in enumerate(zip(self.mean, self.std, strict=True))]
return torch.stack(channels, dim=1)
# ---
import numpy as np

means, stds = [], []
for channel in range(train.images.shape[1]):
    values = train.images[:, channel].numpy().astype(np.float64)
    means.append(float(np.mean(values)) / 255)
    stds.append(float(np.std(values)) / 255 or 1.0)
return Normalization(tuple(means), tuple(stds))
