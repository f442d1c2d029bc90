# All batches at once, orders as lists, random keys sorted.
order = list(range(count))
if self.shuffle:
    keys = torch.rand(count, generator=self.generator).tolist()
    order.sort(key=keys.__getitem__)
batches = []
for index in self._split(torch.tensor(order)):
    batch = self.samples[index.tolist()]
    images = batch.images / 255
    if self.augmentation:
        images = self.augmentation(images, self.generator)
    batches.append((self.normalization(images), batch.labels))
yield from batches
