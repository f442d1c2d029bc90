# fails: test_the_samples_stay_as_they_were
# Works on the samples themselves, which everybody shares.
if self.shuffle:
    order = torch.randperm(count, generator=self.generator)
    self.samples.images.copy_(self.samples.images[order])
    self.samples.labels.copy_(self.samples.labels[order])
for index in self._split(torch.arange(count)):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
