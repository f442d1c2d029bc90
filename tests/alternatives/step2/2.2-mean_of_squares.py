# The mean of squares less the square of the mean, in float64; a threshold instead of zero.
return ((images.double() - torch.tensor(self.mean)[:, None, None]) / torch.tensor(self.std)[:, None, None]).float()
# ---
pixels = train.images.double() / 255
mean = pixels.mean(dim=(0, 2, 3))
variance = ((pixels**2).mean(dim=(0, 2, 3)) - mean**2).clamp(min=0)
std = torch.sqrt(variance)
return Normalization(tuple(mean.tolist()), tuple(1.0 if s < 1e-6 else s for s in std.tolist()))
