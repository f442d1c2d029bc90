# fails: test_the_points_of_a_stroke_move_together
# Counts one stroke too few, and moves the last one with the one before.
shifts = torch.randn(len(strokes), max(1, int(strokes.max())), 2, generator=generator)
return shifts.gather(1, strokes.clamp(max=shifts.shape[1] - 1).unsqueeze(2).expand(-1, -1, 2))
