# fails: test_shifts_are_independent_normal_numbers
# One number per stroke, for both axes.
shifts = torch.randn(len(strokes), int(strokes.max()) + 1, 1, generator=generator)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 1)).expand(-1, -1, 2)
