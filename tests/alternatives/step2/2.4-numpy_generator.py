# NumPy's generator, seeded from the given one.
import numpy as np
rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
r, h, c, t = np.radians(rng.uniform(-self.rotation, self.rotation, count)), rng.uniform(-self.shear, self.shear, count), rng.uniform(1 - self.scale, 1 + self.scale, (count, 2)), rng.uniform(-self.shift, self.shift, (count, 2)) * 2 / size
R = np.stack([np.stack([np.cos(r), -np.sin(r)], -1), np.stack([np.sin(r), np.cos(r)], -1)], -2).reshape(count, 2, 2)
H = np.stack([np.stack([np.ones(count), h], -1), np.stack([np.zeros(count), np.ones(count)], -1)], -2).reshape(count, 2, 2)
D = c[:, :, None] * np.eye(2)
return torch.from_numpy(np.concatenate([R @ H @ D, t[:, :, None]], axis=2)).float()
