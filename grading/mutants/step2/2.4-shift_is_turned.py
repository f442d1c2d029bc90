# fails: test_shifts_are_neither_turned_nor_stretched
# The shift is multiplied by the matrix.
turn, grow_x, grow_y, lean, right, down = (2 * torch.rand(6, count, generator=generator) - 1).unbind()
angle = turn * self.rotation * torch.pi / 180
cos, sin, shear = angle.cos(), angle.sin(), lean * self.shear
scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
pixel = 2 / size
first = torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, right * self.shift * pixel], dim=1)
second = torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, down * self.shift * pixel], dim=1)
matrices = torch.stack([first, second], dim=1)
return torch.cat([matrices[:, :, :2], matrices[:, :, :2] @ matrices[:, :, 2:]], dim=2)
