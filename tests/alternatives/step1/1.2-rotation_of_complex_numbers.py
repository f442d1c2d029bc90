# Turning as multiplication of complex numbers, in double precision.
x, y = points[..., 0].double(), points[..., 1].double()
z = torch.complex(aspect[:, None] * x - slant[:, None] * y, y) * torch.exp(1j * tilt.double())[:, None]
return torch.view_as_real(z).float()
