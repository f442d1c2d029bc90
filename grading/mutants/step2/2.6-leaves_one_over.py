# fails: test_training_has_no_batch_of_one
# Cuts by itself, and leaves a batch of one.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in order.split(self.batch_size):
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
