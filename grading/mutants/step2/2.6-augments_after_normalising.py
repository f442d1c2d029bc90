# fails: test_images_are_augmented_before_they_are_normalised
# The frame that augmentation fills in is no background any more.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = self.normalization(self.samples.images[index].float() / 255)
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield images, self.samples.labels[index]
