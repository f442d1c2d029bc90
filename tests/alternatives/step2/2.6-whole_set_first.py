# Scales the whole set, then goes through it.
images, labels = self.samples.images.double().div(255).float(), self.samples.labels
order = torch.arange(count)
if self.shuffle:
    order = order[torch.randperm(count, generator=self.generator)]
for positions in self._split(order):
    batch = images[positions]
    if self.augmentation is not None:
        batch = self.augmentation(batch, self.generator)
    yield (batch - self.normalization.mean[0]) / self.normalization.std[0], labels[positions]
