# fails: test_pixels_are_scaled_and_then_normalised
# Bytes are divided as integers.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = (self.samples.images[index] // 255).float()
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
