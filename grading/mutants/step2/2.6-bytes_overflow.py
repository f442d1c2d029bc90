# fails: test_images_are_augmented_before_they_are_normalised
# Augments bytes, which overflow.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = self.samples.images[index]
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images.float() / 255), self.samples.labels[index]
