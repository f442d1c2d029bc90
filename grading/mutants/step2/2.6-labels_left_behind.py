# fails: test_an_epoch_has_every_sample_once_with_its_own_label
# Labels are not shuffled with the images.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index, place in zip(self._split(order), self._split(torch.arange(count)), strict=True):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[place]
