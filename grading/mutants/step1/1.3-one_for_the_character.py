# fails: test_the_points_of_a_stroke_move_together, test_strokes_in_any_order_and_number_are_looked_up
# One shift per character: all strokes move together.
return torch.randn(len(strokes), 1, 2, generator=generator).expand(-1, strokes.shape[1], 2)
