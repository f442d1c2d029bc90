# fails: test_an_epoch_has_every_sample_once_with_its_own_label
# Some images come twice, some not at all.
order = torch.randint(count, (count,), generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
