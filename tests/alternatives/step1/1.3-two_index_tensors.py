# Indexing instead of gather.
shifts = torch.randn(len(strokes), int(strokes.max()) + 1, 2, generator=generator)
return shifts[torch.arange(len(strokes)).unsqueeze(1), strokes]
