# The augmentation's arguments by their names, and nothing but PyTorch's own division.
order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
for index in self._split(order):
    images = torch.div(self.samples.images[index], 255)
    if self.augmentation is not None:
        images = self.augmentation(images=images, generator=self.generator)
    yield self.normalization(images=images), self.samples.labels[index]
