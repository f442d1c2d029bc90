# fails: test_shifts_are_independent_normal_numbers
# Uniform numbers in [0, 1).
shifts = torch.rand(len(strokes), int(strokes.max()) + 1, 2, generator=generator)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
