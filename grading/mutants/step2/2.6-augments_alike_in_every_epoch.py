# fails: test_augmentation_is_new_in_every_epoch
# Augmentation has a generator of its own, which begins anew with each epoch.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
again = Generator().manual_seed(self.generator.initial_seed())
for index in self._split(order):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, again)
    yield self.normalization(images), self.samples.labels[index]
