# fails: test_turn_and_lean_are_independent
# One random number decides both the angle and the shear.
turn, grow_x, grow_y, lean, right, down = (2 * torch.rand(6, count, generator=generator) - 1).unbind()
angle = turn * self.rotation * torch.pi / 180
cos, sin, shear = angle.cos(), angle.sin(), turn * self.shear
scale_x, scale_y = 1 + grow_x * self.scale, 1 + grow_y * self.scale
pixel = 2 / size
first = torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, right * self.shift * pixel], dim=1)
second = torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, down * self.shift * pixel], dim=1)
return torch.stack([first, second], dim=1)
