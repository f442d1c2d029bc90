# fails: test_every_epoch_is_shuffled_anew
# A new generator with the same seed in each epoch.
order = (
    torch.randperm(count, generator=Generator().manual_seed(self.generator.initial_seed()))
    if self.shuffle
    else torch.arange(count)
)
for index in self._split(order):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
