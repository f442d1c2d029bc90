# Three matrices, multiplied; drawn one after the other.
def draw(limit: float) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * limit


zero, one = torch.zeros(count), torch.ones(count)


def matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return torch.stack([torch.stack([a, b], -1), torch.stack([c, d], -1)], -2)


shift = torch.stack([draw(self.shift), draw(self.shift)], dim=-1) * 2 / size
angle = torch.deg2rad(draw(self.rotation))
rotation = matrix(angle.cos(), -angle.sin(), angle.sin(), angle.cos())
shear = matrix(one, draw(self.shear), zero, one)
scaling = torch.diag_embed(torch.stack([1 + draw(self.scale), 1 + draw(self.scale)], -1))
return torch.cat([rotation @ shear @ scaling, shift[..., None]], dim=-1)
