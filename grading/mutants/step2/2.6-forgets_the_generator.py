# fails: test_an_epoch_depends_on_its_seed_alone
# The order comes from the global generator.
order = torch.randperm(count) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
