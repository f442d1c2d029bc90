# float32, the other divisor (N - 1), figures with all four axes.
shape = (1, len(self.mean), 1, 1)
return (images - torch.tensor(self.mean).reshape(shape)) / torch.tensor(self.std).reshape(shape)
# ---
pixels = train.images.float().div(255)
std = pixels.std(dim=(0, 2, 3))
std[std < 1e-6] = 1  # rounding
return Normalization(mean=tuple(pixels.mean(dim=(0, 2, 3)).tolist()), std=tuple(std.tolist()))
