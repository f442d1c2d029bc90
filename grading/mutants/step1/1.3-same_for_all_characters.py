# fails: test_shifts_are_independent_normal_numbers, test_strokes_in_any_order_and_number_are_looked_up
# One shift per number of a stroke, for all characters.
shifts = torch.randn(int(strokes.max()) + 1, 2, generator=generator)
return shifts[strokes]
