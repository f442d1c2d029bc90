# fails: test_images_are_augmented_before_they_are_normalised
# The augmentation is never called.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    yield self.normalization(self.samples.images[index].float() / 255), self.samples.labels[index]
