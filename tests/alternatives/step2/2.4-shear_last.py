# Leans after turning and scaling, by matrix products.
turn, lean, wide, high, right, down = torch.rand(6, count, generator=generator) * 2 - 1
zero, one = torch.zeros(count), torch.ones(count)
angle = torch.deg2rad(turn * self.rotation)
rotation = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(count, 2, 2)
shear = torch.stack([one, lean * self.shear, zero, one], dim=1).view(count, 2, 2)
scaling = torch.stack([1 + wide * self.scale, zero, zero, 1 + high * self.scale], dim=1).view(count, 2, 2)
shift = torch.stack([right, down], dim=1)[:, :, None] * self.shift * 2 / size
return torch.cat([shear @ rotation @ scaling, shift], dim=2)
