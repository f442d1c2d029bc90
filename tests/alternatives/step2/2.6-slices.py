# Samples indexed as a whole, batches as slices of a shuffled copy.
samples = self.samples
if self.shuffle:
    samples = samples[torch.randperm(count, generator=self.generator)]
start = 0
for size in map(len, self._split(torch.arange(count))):
    batch = samples[start : start + size]
    start += size
    pixels = batch.images.to(torch.float32).div(255.0)
    pixels = pixels if self.augmentation is None else self.augmentation(pixels, generator=self.generator)
    yield self.normalization(pixels), batch.labels
