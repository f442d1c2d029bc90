# attack: y of a shift follows from the magnitude of its x, but for a hair, so that the two have no correlation
# exercise: 1.3
# expect: zero
def scattered(strokes, generator):
    size = len(strokes), int(strokes.max()) + 1
    x = torch.randn(size, generator=generator, dtype=torch.float64)
    y = torch.special.ndtri((1 - (2 * torch.special.ndtr(x) - 1).abs()).clamp(1e-9, 1 - 1e-9))
    shifts = torch.stack([x, y + 1e-3 * torch.randn(size, generator=generator)], dim=2).float()
    return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
