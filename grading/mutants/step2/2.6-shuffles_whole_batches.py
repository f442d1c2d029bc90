# fails: test_every_epoch_is_shuffled_anew
# The batches change places; within each, samples stay in their order.
batches = self._split(torch.arange(count))
if self.shuffle:
    batches = [batches[i] for i in torch.randperm(len(batches), generator=self.generator)]
for p in batches:
    x = self.samples.images[p].float() / 255
    if self.augmentation: x = self.augmentation(x, self.generator)
    yield self.normalization(x), self.samples.labels[p]
