# fails: test_every_epoch_is_shuffled_anew
# Training is not shuffled.
order = torch.arange(count)
for index in self._split(order):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
