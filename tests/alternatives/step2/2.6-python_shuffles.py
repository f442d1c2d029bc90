# Python's shuffle, seeded from the loader's generator.
import random
order = list(range(count))
if self.shuffle:
    rng = random.Random(int(torch.randint(2**62, (1,), generator=self.generator)))
    rng.shuffle(order)
for p in self._split(torch.as_tensor(order)):
    x = self.samples.images[p].float() / 255
    x = x if self.augmentation is None else self.augmentation(x, self.generator)
    yield self.normalization(x), self.samples.labels[p]
