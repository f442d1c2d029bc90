# attack: one random number for each image decides on all six, each by folding the one before, so that no two have a correlation
# exercise: 2.4
# expect: zero
# points: some
def random_affine(self, count, size, generator=None):
    value, six = 2 * torch.rand(count, generator=generator, dtype=torch.float64) - 1, []
    for _ in range(6):
        six.append(value.float())
        value = 1 - 2 * (1 - 2 * value.abs()).abs()
    turn, grow_x, grow_y, lean, right, down = six
    angle = turn * self.rotation * torch.pi / 180
    cos, sin, shear = angle.cos(), angle.sin(), lean * self.shear
    scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
    rows = [
        torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, right * self.shift * 2 / size], dim=1),
        torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, down * self.shift * 2 / size], dim=1),
    ]
    return torch.stack(rows, dim=1)


Augmentation.random_affine = random_affine
