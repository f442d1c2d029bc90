# fails: test_batches_are_full_and_the_last_is_the_rest
# A batch that is not full is dropped.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for start in range(0, count - self.batch_size + 1, self.batch_size):
    index = order[start : start + self.batch_size]
    images = self.samples.images[index].float() / 255
    if self.augmentation is not None:
        images = self.augmentation(images, self.generator)
    yield self.normalization(images), self.samples.labels[index]
