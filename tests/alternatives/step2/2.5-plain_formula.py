# x and y written out.
steps = (torch.arange(size) + 0.5) * 2 / size - 1
x, y = steps[None, None, :], steps[None, :, None]
m = matrices[:, :, :, None, None]
return torch.stack([m[:, 0, 0] * x + m[:, 0, 1] * y + m[:, 0, 2], m[:, 1, 0] * x + m[:, 1, 1] * y + m[:, 1, 2]], dim=3)
