# fails: test_shifts_are_independent_normal_numbers
# Uniform numbers with mean 0 and standard deviation 1.
shifts = torch.rand(len(strokes), int(strokes.max()) + 1, 2, generator=generator).sub_(0.5).mul_(12**0.5)
return shifts.gather(1, strokes.unsqueeze(2).expand(-1, -1, 2))
