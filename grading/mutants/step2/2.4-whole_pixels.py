# fails: test_shifts_are_pixels_in_all_directions
# Shifts of whole pixels, the largest never reached on one side.
turn, grow_x, grow_y, lean = (2 * torch.rand(4, count, generator=generator) - 1).unbind()
right, down = torch.randint(-int(self.shift), int(self.shift) or 1, (2, count), generator=generator)
angle = turn * self.rotation * torch.pi / 180
cos, sin, shear = angle.cos(), angle.sin(), lean * self.shear
scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
first = torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, right * 2 / size], dim=1)
second = torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, down * 2 / size], dim=1)
return torch.stack([first, second], dim=1)
