# fails: test_every_epoch_is_shuffled_anew
# The same order in every epoch, turned round in each batch.
for index in self._split(torch.arange(count)):
    if self.shuffle:
        index = index.flip(0)
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
