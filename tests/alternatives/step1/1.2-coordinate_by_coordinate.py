# The formula, without matrices.
x, y = points.unbind(dim=-1)
x = aspect[:, None] * x - slant[:, None] * y
cos, sin = torch.cos(tilt)[:, None], torch.sin(tilt)[:, None]
return torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1)
