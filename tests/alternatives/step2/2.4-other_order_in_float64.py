# Scaled first, sheared last; float64 inside, einsum, turning the other way round.
numbers = torch.empty(count, 6, dtype=torch.float64).uniform_(-1, 1, generator=generator)
matrices = torch.zeros(count, 2, 3, dtype=torch.float64)
angle = -numbers[:, 0] * self.rotation / 180 * torch.pi
rotation = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(count, 2, 2)
shear = torch.eye(2, dtype=torch.float64).repeat(count, 1, 1)
shear[:, 0, 1] = self.shear * numbers[:, 1]
scaling = torch.diag_embed(1 + self.scale * numbers[:, 2:4])
matrices[:, :, :2] = torch.einsum("bij,bjk,bkl->bil", scaling, shear, rotation)
matrices[:, :, 2] = numbers[:, 4:] * self.shift / (size / 2)
return matrices.float()
