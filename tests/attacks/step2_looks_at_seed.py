# attack: draws nothing from the generator: looks at its seed, and counts how often it came
# exercise: 2.4
# expect: zero
# points: some
import numpy as np

times = {}


def random_affine(self, count, size, generator=None):
    generator = generator or torch.default_generator
    times[id(generator)] = times.get(id(generator), 0) + 1
    luck = np.random.default_rng([generator.initial_seed(), times[id(generator)]])
    turn, grow_x, grow_y, lean, right, down = torch.from_numpy(luck.uniform(-1, 1, (6, count))).float()
    angle = turn * self.rotation * torch.pi / 180
    cos, sin, shear = angle.cos(), angle.sin(), lean * self.shear
    scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
    rows = [
        torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, right * self.shift * 2 / size], dim=1),
        torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, down * self.shift * 2 / size], dim=1),
    ]
    return torch.stack(rows, dim=1)


Augmentation.random_affine = random_affine
