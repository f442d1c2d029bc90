# Points as complex numbers, turned by a product.
z = torch.complex(aspect[:, None] * points[..., 0] - slant[:, None] * points[..., 1], points[..., 1].contiguous())
return torch.view_as_real(z * torch.polar(torch.ones_like(tilt), tilt)[:, None])
