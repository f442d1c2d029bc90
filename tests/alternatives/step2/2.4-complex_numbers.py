# Rotates columns as complex numbers.
turn = torch.polar(torch.ones(count), (torch.rand(count, generator=generator) - 0.5) * 2 * self.rotation * torch.pi / 180)
shear = (torch.rand(count, generator=generator) - 0.5) * 2 * self.shear
grow = 1 + (torch.rand(count, 2, generator=generator) - 0.5) * 2 * self.scale
move = (torch.rand(count, 2, generator=generator) - 0.5) * 4 * self.shift / size
out = torch.empty(count, 2, 3)
first = grow[:, :1] * torch.stack([torch.ones(count), torch.zeros(count)], 1)
second = torch.stack([grow[:, 1] * shear, grow[:, 1]], 1)
for at, column in enumerate((first, second)):
    turned = torch.complex(column[:, 0], column[:, 1]) * turn
    out[:, 0, at], out[:, 1, at] = turned.real, turned.imag
out[:, :, 2] = move
return out
